"""The house's rules that the import linter cannot say: privacy, furniture, sizes, named SQL, errors."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from litestar import Controller

from birthreg import app
from birthreg.kernel.errors import DomainError, code_of, message_of
from birthreg.kernel.sql import load_queries, sql_folder

SOURCE = Path(app.__file__).parent
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))

FURNITURE = {"__init__", "models", "rules", "store", "service", "api", "jobs"}
OUTSIDE_THE_ROOMS = {
    "kernel": "what rooms stand on; it is one part a file",
    "local": "runs servers; owns no data and no rule",
    "cli": "one file a group of commands",
}
EXTRAS = {
    "access": {
        "guards": "what every door needs",
        "names": "roles and acts as an officer reads them",
        "passwords": "argon2 and TOTP behind four functions",
        "readings": "what doors that show the books leave on the trail",
        "sessions": "sign-in and sign-out, acts of their own beside those on officers",
        "suspensions": "suspending and reinstating, acts of their own like signing in",
        "terminals": "where a request came from, past the proxies in front",
        "tokens": "issues access tokens and reads them back",
        "trail_api": "the trail has no door of its own: it lies below access",
    },
    "audit": {"checking": "walks the chain, which may take minutes, transaction by transaction"},
    "blacklist": {
        "announcements_api": "the doors of announcements",
        "announcing": "what every prefecture is told",
        "answers": "how the doors of changes answer",
        "closing": "how a proposal ends without effect",
        "deciding": "the act of the second person",
        "lettering": "which letter a notice or an objection asks for",
        "letters": "what its official letters say",
        "letters_api": "their doors",
        "looking_back": "past uses of listed numbers",
        "merging": "the operator's entries from files, set-wise",
        "staging": "rows of files that two persons have yet to decide on, set-wise",
        "batches": "the acts on a file of entries",
        "batch_models": "its nouns",
        "batch_store": "its queries",
        "carrying": "what takes its time with a file of entries",
        "exporting": "the list as a file",
        "hiding": "what an auditor sees of used numbers",
        "notice_models": "the nouns of announcements, objections and past uses",
        "notice_store": "their queries",
        "objecting": "what families contest",
        "objections_api": "its doors",
        "previewing": "what a change would do",
        "proposal_models": "the nouns of change",
        "proposal_store": "its queries",
        "proposals_api": "its doors",
        "proposing": "the acts of the first person",
        "refusals": "why a change is refused",
    },
    "cases": {
        "chapter": "the handbook's chapter, with the state machine drawn",
        "chapter_api": "its door",
        "diagram": "the state machine as a picture",
        "event_models": "the nouns of live events",
        "event_rules": "snapshots, ids of events, frames",
        "event_store": "their queries",
        "events": "the act of listening",
        "events_api": "its door",
        "labels": "states, acts and outcomes in words",
        "lead_models": "the nouns of attempts and of numbers carried about",
        "lead_store": "their queries",
        "leads": "what opens cases besides findings",
        "refusals": "why an act is refused",
        "bulk": "one act on many cases",
        "bulk_acts": "which acts",
        "bulk_api": "their doors",
        "bulk_models": "their nouns",
        "bulk_reading": "those that were done",
        "bulk_refusals": "why they aren't taken back",
        "bulk_store": "their queries",
        "bulk_undoing": "taking them back",
        "linking": "cases that belong together",
        "merging": "cases that go on as one",
        "pairing": "two cases held for one act",
        "relating": "the cases around one",
        "shape_api": "the doors of links, merges, splits and related cases",
        "shape_models": "their nouns",
        "shape_refusals": "why they are refused",
        "shape_store": "their queries",
        "splitting": "leads that leave a case",
        "streaming": "a stream as it is sent",
        "tailing": "one reading for all who listen in a process",
        "acts_api": "the doors of acts on one case",
        "keeping": "what the service does with cases by itself",
        "queue_models": "the nouns of the queue",
        "queue_rules": "levels, deadlines, what an officer may do",
        "queue_store": "its queries",
        "queueing": "drawing, leases, escalation, notes, suspension",
        "reading": "lists, one case, its timeline, watching",
        "showing": "how much of a case a reader sees",
        "shown_models": "cases as they are shown",
        "watching": "number shopping, look-up by look-up",
        "checklist": "the acts on a checklist",
        "checklist_models": "its nouns",
        "checklist_rules": "what each kind of suspicion asks to look into",
        "concluding": "the acts that end a case, and open it again",
        "concluding_api": "their doors, and those of the checklist",
        "concluding_models": "their nouns",
        "concluding_refusals": "why a case isn't concluded",
        "concluding_store": "queries of both",
        "dossier_api": "the door of dossiers",
        "dossier_letters": "a dossier on paper",
        "dossier_models": "its nouns",
        "dossier_store": "its queries",
        "dossiers": "making one, handing it out",
        "evidence": "the acts on evidence",
        "evidence_api": "their doors",
        "evidence_checking": "what the worker does with evidence",
        "evidence_files": "evidence on disk",
        "evidence_models": "its nouns",
        "evidence_refusals": "why a file isn't taken",
        "evidence_store": "its queries",
        "evidence_types": "what a file is, told from its bytes",
        "gauges": "what Prometheus reads of evidence",
    },
    "certificates": {"merging": "issuances from files, set-wise"},
    "documents": {
        "barcodes": "codes on a picture",
        "field_rules": "what a field says, and whether that was typed",
        "fields": "the fields of a page",
        "grammar": "a line as a number",
        "lines": "lines of text, found and read",
        "numbers": "the number of a page",
        "opening": "files become pictures",
        "asking": "what doors ask of the readers",
        "calls": "what may be asked of the pool",
        "chapter_api": "the door of the handbook's chapter",
        "face_reading": "the one face of a file",
        "paper_reading": "papers from bytes to an answer",
        "readers": "the pool, within an officer's hour",
        "reading_models": "the nouns of readings",
        "reading_rules": "a number beside barcode and typing",
        "reading_store": "their queries",
        "readings": "the acts on pictures",
        "showing": "readings as doors show them",
        "shown_models": "what they show",
        "pool": "the processes that read",
        "reading_process": "what runs in one of them",
        "refusals": "why a picture isn't read",
        "corners": "where on a photo the paper lies",
        "differences": "two photos of the same paper",
        "pages": "a paper straightened and turned upright",
        "quality": "how good a photo is, and what to do better",
        "seals": "the round red seal",
        "upright": "which way text runs",
        "weights": "the files of the models",
        "face_refusals": "why a face isn't compared",
        "face_rules": "what a score of two faces says",
        "faces": "found, embedded, compared",
        "turning": "templates as they lie in the books",
    },
    "usage": {"merging": "usages from files, set-wise"},
    "filing": {
        "delivery_models": "the nouns of delivery",
        "gauges": "what Prometheus reads, from the database",
        "receiving": "filings from below, beside those that go up",
        "sending": "the delivery to the level above",
        "subordinates": "the instances of the level below and their keys",
    },
    "imports": {
        "batch_files": "the acts behind the doors of void numbers by file",
        "batch_models": "their nouns",
        "batch_views": "how their doors show them",
        "blacklist_api": "their doors",
        "batch_acts_api": "the doors at which persons decide on them",
        "lanes": "the two connections that a file goes through",
        "reading": "blocks of lines from files of any kind",
        "reports": "the rejected rows as a file",
        "taking": "the acts behind the doors of files",
    },
    "registrations": {
        "acting": "what every act on a registration shares",
        "answers": "a refused attempt as a problem, with all its reasons",
        "book_models": "the nouns of the books: rows, people, answers",
        "changes": "corrections and revocations, by two persons",
        "changes_api": "their doors",
        "faces_api": "the door of children's faces",
        "pictures": "readings, comparisons and faces behind a registration",
        "later": "approval and withdrawal of what is held",
        "masking": "how much of an application a reader sees",
        "reading": "one, lists, searches",
        "screened": "what of an application rules may read",
        "seeding": "registrations by COPY, for books that are brought in whole",
        "sealing": "what is sealed, and how it is found again",
        "taking": "filings from below into the books of numbers",
        "codes": "the code tables that an application is written in",
        "date_rules": "days and ages",
        "ethnic_groups": "GB/T 3304",
        "household_rules": "whose household, and the table of exceptions",
        "identity_rules": "citizen numbers against what was entered",
        "late_rules": "older than six",
        "life_models": "the nouns of approval, correction and revocation",
        "life_rules": "the table of a registration's life",
        "number_rules": "the certificate's number",
        "parent_rules": "parents, guardians, paternity",
        "policy_models": "what the policy is told and answers",
        "refusals": "how a rule speaks",
        "relations": "GB/T 4761",
        "unregistered_rules": "the eight kinds of people without registration",
    },
    "screening": {
        "back_testing": "what a change of a rule would do",
        "change_models": "the nouns of changing a rule",
        "change_store": "its queries",
        "changing": "the acts of the two persons who change a rule",
        "chapter": "the handbook's chapter, with every rule",
        "chapter_api": "its door",
        "comparing": "a rule as it stands and as it is wanted, as one statement",
        "backfilling": "facts of registrations from before there were rules",
        "baseline": "what is usual, reckoned every hour",
        "finding_models": "the nouns of findings",
        "finding_store": "their queries",
        "findings": "reading findings, and letting one rest",
        "findings_api": "their doors",
        "parameter_rules": "what a parameter may be set to",
        "refusals": "why a change or a suppression is refused",
        "rule_reading": "how rules stand and once stood",
        "rules_api": "the doors of rules and their changes",
        "showing": "how much of it a reader sees, in which language",
        "shown_models": "rules, changes and findings as they are shown",
        "division_rules": "GB/T 2260 through the years",
        "divisions": "its collection, and how it comes into the books",
        "labels": "the words for codes in evidence",
        "list_models": "the nouns of the lists that rules read",
        "list_refusals": "why a change of them is refused",
        "list_rules": "what a change of them has to say",
        "list_store": "their queries",
        "listing": "the acts on them",
        "lists_api": "their doors",
        "rule_files": "reads and checks the rules' files",
        "rulebook": "the rules as last read, with the statements made of them",
        "sentences": "evidence as a sentence",
        "statements": "many rules as one statement",
        "sweep_models": "the nouns of sweeps",
        "sweep_store": "their queries",
        "sweeping": "going through one, part by part",
        "sweeps": "the acts on them",
        "sweeps_api": "their doors",
    },
    "verification": {
        "batches": "many numbers at once",
        "copying": "look-ups of a batch as COPY writes them",
        "budget": "how much an officer may ask",
        "entering": "typed, read, or both",
        "entry_models": "its nouns",
        "readings_api": "the door of readings, whose numbers get a verdict",
        "files": "rows from files, and results into them",
        "recording": "look-ups as they go to the books, and the cases that they open",
        "receipts": "what a receipt attests, and its signing beside the loop",
        "gathering": "the hot path: groups that share one transaction",
        "job_models": "the nouns of files",
        "jobs_api": "the doors of files",
        "life": "the whole life of one number",
        "life_models": "its nouns",
        "reasons": "the sentences of every reason",
        "taking": "the acts behind the doors of files",
        "weighing": "one number judged inside another act's transaction",
    },
}


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse((SOURCE / module).read_text(encoding="utf-8"))


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imported(module: Path) -> Iterator[str]:
    """Every dotted name that a module imports, `from a import b` as `a.b`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_store_is_private_to_its_room(module: Path) -> None:
    foreign = [
        name
        for name in imported(module)
        if (parts := name.split("."))[0] == "birthreg"
        and parts[2:3]
        and parts[2].endswith("store")
        and parts[1] != module.parts[0]
    ]
    assert not foreign


@pytest.mark.parametrize("room", sorted(set(ROOMS) - set(OUTSIDE_THE_ROOMS)))
def test_every_room_has_the_same_furniture(room: str) -> None:
    found = {path.stem for path in (SOURCE / room).iterdir() if path.suffix == ".py"}
    assert found - FURNITURE <= set(EXTRAS.get(room, {}))
    assert {"__init__", "models", "store", "service"} <= found
    assert not [path for path in (SOURCE / room).iterdir() if path.is_dir() and path.name != "__pycache__"]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_and_functions_can_be_read_at_a_glance(module: Path) -> None:
    assert len((SOURCE / module).read_text(encoding="utf-8").splitlines()) <= 300
    long = [f.name for f in functions(module) if (f.end_lineno or 0) - f.lineno + 1 > 40]
    assert not long


def test_four_of_five_functions_are_within_twenty_lines() -> None:
    lengths = [(f.end_lineno or 0) - f.lineno + 1 for module in MODULES for f in functions(module)]
    assert sum(length <= 20 for length in lengths) / len(lengths) >= 0.8


def undocumented(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Name the public classes and functions of a body that say nothing of themselves."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            public = not node.name.startswith("_") or node.name in ("__init__", "__call__")
            if public and ast.get_docstring(node) is None:
                yield prefix + node.name
            if public and isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_everything_public_says_what_it_means(module: Path) -> None:
    assert ast.get_docstring(tree(module))
    assert not list(undocumented(tree(module).body))


@pytest.mark.parametrize("module", [m for m in MODULES if m.stem == "rules" or m.stem.endswith("_rules")], ids=str)
def test_rules_are_pure(module: Path) -> None:
    """What they import is held by the linter; here: nothing awaited, no clock."""
    nodes = list(ast.walk(tree(module)))
    assert not [node for node in nodes if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    clocks = {"now", "utcnow", "today", "now_utc", "new_id"}
    assert not [n for n in nodes if isinstance(n, ast.Attribute | ast.Name) and name_of(n) in clocks]


def name_of(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_only_the_settings_read_the_environment(module: Path) -> None:
    if str(module) == "settings.py":
        return
    named = {name_of(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute | ast.Name)}
    assert not named & {"environ", "environb", "getenv"}


def test_no_promise_stands_instead_of_the_work() -> None:
    promises = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    files = [*SOURCE.rglob("*.py"), *sql_folder().rglob("*.sql")]
    assert not [file for file in files if promises.search(file.read_text(encoding="utf-8"))]


def test_every_door_is_listed_in_the_composition_root() -> None:
    for module in MODULES:
        if module.stem == "api" or module.stem.endswith("_api"):
            import_module(f"birthreg.{module.parts[0]}.{module.stem}")
    doors = [door for door in Controller.__subclasses__() if door.__module__.startswith("birthreg.")]
    assert sorted(door.__name__ for door in doors) == sorted(door.__name__ for door in app.DOORS)


QUERY_FILES = sorted((sql_folder() / "queries").glob("*.sql"))


def blocks() -> Iterator[tuple[str, str, str]]:
    """File, name and text of every query as it is written."""
    for file in QUERY_FILES:
        parts = re.split(r"^-- name: (\w+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, block in zip(parts[1::2], parts[2::2], strict=True):
            yield file.stem, name, block


BLOCKS = [pytest.param(room, name, block, id=f"{room}.{name}") for room, name, block in blocks()]
BY_THE_CLOCK_OF_THE_BOOKS = {"blacklist.find_maintainer_now"}
"""What is asked after a wait, when the moment of the caller is over."""
READS_ROWS = re.compile(r"\b(FROM|JOIN|UPDATE|USING)\s+(?!unnest|ROWS)[a-z_]+", re.IGNORECASE)


@pytest.mark.parametrize(("room", "name", "block"), BLOCKS)
def test_a_query_says_what_it_returns_and_what_it_means(room: str, name: str, block: str) -> None:
    query = load_queries(room)[name]
    said = [line for line in block.splitlines() if line.startswith("-- ") and not line.startswith("-- returns:")]
    assert query.returns == "rows" or query.returns[0].isupper()
    assert said
    assert not said[0].startswith("-- unscoped:")
    assert "." in " ".join(said)


@pytest.mark.parametrize(("room", "name", "block"), BLOCKS)
def test_a_query_lists_its_columns_and_takes_time_from_its_caller(room: str, name: str, block: str) -> None:
    text = load_queries(room)[name].text
    assert not re.search(r"\bSELECT\s+(\w+\.)?\*|,\s*\w+\.\*", text)
    timed = re.search(r"\b(now\(\)|current_timestamp|clock_timestamp|current_date)", text, re.IGNORECASE)
    assert bool(timed) is (f"{room}.{name}" in BY_THE_CLOCK_OF_THE_BOOKS)
    assert block.strip()


@pytest.mark.parametrize(("room", "name", "block"), BLOCKS)
def test_a_query_over_rows_binds_the_scope_or_says_why_not(room: str, name: str, block: str) -> None:
    query = load_queries(room)[name]
    statement = re.sub(r"--[^\n]*|'[^']*'", "", query.text)
    if READS_ROWS.search(statement):
        says = [line for line in block.splitlines() if line.startswith("-- unscoped: ")]
        assert ("scope" in query.parameters) != bool(says), "binds :scope, or says `-- unscoped: why`, not both"


def test_every_query_is_asked_by_the_room_it_belongs_to() -> None:
    for file in QUERY_FILES:
        readers = [m for m in MODULES if f'load_queries("{file.stem}")' in (SOURCE / m).read_text(encoding="utf-8")]
        assert readers
        assert {reader.parts[0] for reader in readers} in ({file.stem.partition("_")[0]}, {"kernel"})
        code = "".join((SOURCE / reader).read_text(encoding="utf-8") for reader in readers)
        assert not [name for name in load_queries(file.stem) if f'"{name}"' not in code]


def errors() -> list[type[DomainError]]:
    """Every kind of error that the service can answer with."""
    for module in MODULES:
        if module.stem != "__main__":
            import_module(".".join(("birthreg", *module.with_suffix("").parts)).removesuffix(".__init__"))
    found = [DomainError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return sorted(set(found), key=lambda kind: kind.__name__)


ERRORS = errors()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_says_what_and_what_to_do_in_both_languages(kind: type[DomainError]) -> None:
    assert "__doc__" in vars(kind)
    for text in (message_of(kind), kind.remedy):
        assert CHINESE.search(text.zh)
        assert text.en
        assert not CHINESE.search(text.en)


def test_the_code_of_an_error_is_its_own() -> None:
    codes = sorted(code_of(kind) for kind in ERRORS)
    assert not [one for one, next_ in pairwise(codes) if one == next_]
