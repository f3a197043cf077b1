"""Everyone installs from the index their machine is set up with, and works in a folder of their own."""

import re

# Put together from parts, so that this file does not hold what it looks for.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("maven", "org"),
        ("deb", "debian", "org"),
    )
]
HOST = re.compile("|".join(re.escape(host) for host in HOSTS), re.IGNORECASE)
MACHINE_PATH = re.compile(
    rf"(?<![\w.}}*$-])/(?:{'|'.join(('ro' + 'ot', 'wo' + 'rk', 'Us' + 'ers', 'ho' + 'me'))})/\w"
)


def places(tracked, root, pattern):
    """Where the pattern stands: file, line number, and what was found."""
    found = []
    for path in tracked:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if hit := pattern.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {hit[0]}")
    return found


def test_no_file_names_the_host_of_a_package_index(root, tracked):
    assert places(tracked, root, HOST) == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on(root, tracked):
    assert places(tracked, root, MACHINE_PATH) == []


def test_the_patterns_find_what_they_are_for():
    assert HOST.search("index-url = https://" + HOSTS[0] + "/simple")
    assert MACHINE_PATH.search('open("' + "/ho" + 'me/ada/project")')
    assert not MACHINE_PATH.search("/api/" + "work/1")
