"""Rings, their breakers and layers, on every small graph that chance makes."""

from hypothesis import given
from hypothesis import strategies as st

from functions.agents import graphs

NODES = "abcdef"
GRAPHS = st.fixed_dictionaries({node: st.sets(st.sampled_from(NODES)) for node in NODES})


def reachable(graph, start):
    seen, todo = set(), [start]
    while todo:
        for target in graph[todo.pop()]:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


@given(GRAPHS)
def test_a_ring_holds_all_that_reach_each_other(graph):
    together = {
        tuple(
            sorted(
                other
                for other in NODES
                if other == node or {other, node} <= reachable(graph, node) & reachable(graph, other)
            )
        )
        for node in NODES
    }
    assert {tuple(ring) for ring in graphs.rings(graph)} == {part for part in together if len(part) > 1}


@given(GRAPHS)
def test_without_its_breakers_no_ring_is_left(graph):
    cut = {edge for ring in graphs.rings(graph) for edge in graphs.breakers(graph, ring)}
    rest = {node: {target for target in graph[node] if (node, target) not in cut} for node in graph}
    assert graphs.rings(rest) == []
    assert all(target in graph[node] for node, target in cut)


@given(GRAPHS)
def test_layers_hold_every_node_once_and_nobody_leans_upward(graph):
    levels = graphs.layers(graph)
    assert sorted(node for level in levels for node in level) == sorted(NODES)
    height = {node: -number for number, level in enumerate(levels) for node in level}
    rings = [set(ring) for ring in graphs.rings(graph)]
    for node, targets in graph.items():
        for target in targets - {node}:
            assert height[target] < height[node] or any({node, target} <= ring for ring in rings)


def test_a_very_deep_graph_is_no_recursion():
    chain = {str(number): [str(number + 1)] for number in range(5000)} | {"5000": ["0"]}
    ring = graphs.rings(chain)[0]
    assert len(ring) == 5001
    cut = graphs.breakers(chain, ring)
    rest = {
        node: [target for target in targets if (node, target) not in cut] for node, targets in chain.items()
    }
    assert graphs.rings(rest) == []
