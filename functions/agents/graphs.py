"""Facts about directed graphs: rings, what breaks them, and layers. Plain values in, plain values out."""

from collections.abc import Iterable, Mapping

Graph = Mapping[str, Iterable[str]]

MOST_EXACT = 400
"""Members of a ring up to which its breakers are sought well; the time grows with the square."""


def rings(graph: Graph) -> list[list[str]]:
    """The strongly connected parts with more than one member, largest first (Tarjan, without recursion).

    >>> rings({"a": ["b"], "b": ["a", "c"], "c": []})
    [['a', 'b']]
    """
    found = [sorted(part) for part in components(graph) if len(part) > 1]
    return sorted(found, key=lambda part: (-len(part), part))


def components(graph: Graph) -> list[list[str]]:
    """Every strongly connected part, each after all that it points at."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_taken(stack, on_stack, node))
    return found


def breakers(graph: Graph, ring: Iterable[str]) -> list[tuple[str, str]]:
    """Few edges without which the ring is none (Eades, Lin and Smyth: near the fewest).

    >>> breakers({"a": ["b"], "b": ["a"]}, ["a", "b"])
    [('b', 'a')]
    """
    left = set(ring)
    if len(left) > MOST_EXACT:
        return _against_degrees(graph, left)
    after = {
        node: {target for target in graph.get(node, ()) if target in left and target != node} for node in left
    }
    edges = sorted((node, target) for node in left for target in after[node])
    first: list[str] = []
    last: list[str] = []
    while left:
        into = dict.fromkeys(left, 0)
        for node in left:
            for target in after[node] & left:
                into[target] += 1
        sinks = sorted(node for node in left if not after[node] & left)
        sources = sorted(node for node in left if into[node] == 0)
        if sinks:
            last.append(sinks[0])
        elif sources:
            first.append(sources[0])
        else:
            first.append(min(left, key=lambda node: (into[node] - len(after[node] & left), node)))
        left.discard((last if sinks else first)[-1])
    place = {node: number for number, node in enumerate([*first, *reversed(last)])}
    return [(node, target) for node, target in edges if place[node] > place[target]]


def layers(graph: Graph) -> list[list[str]]:
    """Nodes by how far they stand above the ground, top first; a ring stands on one layer.

    >>> layers({"door": ["worker", "words"], "worker": ["words"], "words": []})
    [['door'], ['worker'], ['words']]
    """
    height: dict[str, int] = {}
    for part in components(graph):
        below = [height[target] for node in part for target in graph.get(node, ()) if target not in part]
        height.update(dict.fromkeys(part, 1 + max(below, default=-1)))
    top = max(height.values(), default=-1)
    return [sorted(node for node, own in height.items() if own == level) for level in range(top, -1, -1)]


def _against_degrees(graph: Graph, ring: set[str]) -> list[tuple[str, str]]:
    """Edges against the order of degrees. Any order gives breakers; this one is quick, and not the worst."""
    edges = sorted((node, target) for node in ring for target in graph.get(node, ()) if target in ring)
    degree = dict.fromkeys(ring, 0)
    for node, target in edges:
        degree[node] -= 1
        degree[target] += 1
    order = {node: place for place, node in enumerate(sorted(ring, key=lambda own: (degree[own], own)))}
    return [(node, target) for node, target in edges if order[node] > order[target]]


def _taken(stack: list[str], on_stack: set[str], last: str) -> list[str]:
    part: list[str] = []
    while not part or part[-1] != last:
        part.append(stack.pop())
        on_stack.discard(part[-1])
    return part
