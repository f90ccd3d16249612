"""link, unlink, split, unsplit, merge, unmerge: from the terminal, in words and as JSON."""

import pytest
from tests.cli.conftest import Run

ALICE = ("--by", "worker:alice")


@pytest.fixture
def other(run: Run, reference: str) -> str:
    """Give a case that was split off the first one."""
    [made] = run("split", reference, "--service", "noise", *ALICE, "--json").objects
    return str(made["reference"])


def test_a_split_shows_the_new_case_and_is_put_back(run: Run, reference: str, other: str) -> None:
    put_back = run("unsplit", other, *ALICE)

    assert put_back.code == 0
    assert put_back.out.startswith(f"{other}: noise, closed")
    assert run("case", reference, "--json").objects[0]["case"].get("links", []) == []


def test_a_child_is_split_off(run: Run, reference: str) -> None:
    [made] = run("split", reference, "--service", "noise", "--child", *ALICE, "--json").objects

    assert [(link["reference"], link["kind"]) for link in made["links"]] == [(reference, "parent")]


def test_links_are_made_and_undone(run: Run, reference: str, other: str) -> None:
    linked = run("link", reference, other, "--kind", "duplicate", *ALICE, "--json")
    unlinked = run("unlink", reference, other, "--kind", "duplicate", *ALICE, "--json")

    assert [link["kind"] for link in linked.objects[0]["links"]] == ["related", "duplicate"]
    assert [link["kind"] for link in unlinked.objects[0]["links"]] == ["related"]


def test_a_merge_is_undone(run: Run, reference: str, other: str) -> None:
    before = run("case", other, "--json").objects[0]["case"]
    merged = run("merge", other, "--into", reference, *ALICE, "--json").objects[0]
    back = run("unmerge", other, *ALICE, "--json").objects[0]

    assert (merged["state_type"], merged["closing_reason"]) == ("closed", "merged")
    assert (back["state"], back["links"]) == (before["state"], before["links"])
    assert run("verify").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("link", "{reference}", "{reference}"),
        ("link", "{reference}", "{other}", "--kind", "friend"),
        ("unlink", "{reference}", "{other}", "--kind", "parent"),
        ("split", "{reference}", "--service", "no-such-service"),
        ("split", "{reference}", "--service", "noise", "--text", "never written"),
        ("unsplit", "{reference}"),
        ("merge", "{reference}", "--into", "NP-0000-0000"),
        ("unmerge", "{reference}"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    run: Run, reference: str, other: str, arguments: tuple[str, ...]
) -> None:
    done = run(*(word.format(reference=reference, other=other) for word in arguments), *ALICE)

    assert done.code == 2
    assert (done.out, len(done.err.splitlines())) == ("", 1)
