"""How much is seeded, asked and imported in one run."""

import argparse
from pathlib import Path

import msgspec

MEASURES = ("single", "arrivals", "batch", "import", "blacklist", "registration", "screening", "cases")
CONTESTANTS = ("bare", "conventional", "birthreg")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of one run; the fields are the flags of `scripts/benchmark`."""

    usages: int = 20_000_000
    singles: int = 1_000_000
    ranges: int = 100_000
    issuances: int = 1_000_000
    asked: int = 100_000
    """Different requests prepared for each contestant."""
    connections: int = 64
    rounds: int = 5
    seconds: int = 10
    """Length of one closed-loop round."""
    warm_up: int = 3
    arrivals_rate: int = 200
    arrivals_seconds: float = 25
    batches: int = 12
    """Batches sent with one, and again with two in flight."""
    batch_size: int = 10_000
    import_rows: int = 5_000_000
    blacklist_rows: int = 1_000_000
    """Void numbers of a file that is brought, approved and undone."""
    blacklist_rounds: int = 5
    """Such files, one after the other."""
    blacklist_quiet_seconds: float = 90
    """Before each file, about as long as it takes: a pause of the machine then weighs as much on either side."""
    blacklist_rest_seconds: float = 20
    """Before that, for the disk."""
    registrations: int = 10_000
    raced: int = 100
    """Numbers that two desks enter at the same time."""
    screened: int = 5_000_000
    """Registrations of the larger of two histories that are swept."""
    cases: int = 200_000
    """Open cases that investigators read and draw from."""
    draws: int = 100_000
    """Cases that are drawn as fast as they are answered."""

    @property
    def registrations_a_block(self) -> int:
        """Registrations of one turn with every rule, or with none."""
        return max(self.registrations // 25, 20)

    @property
    def first_turn_left(self) -> int:
        """The first number that the desks and their race leave to others."""
        return 5 * self.registrations + 4 * self.connections + self.raced


SMALL = Plan(
    usages=400_000,
    singles=10_000,
    ranges=1_000,
    issuances=10_000,
    asked=10_000,
    rounds=2,
    seconds=3,
    warm_up=1,
    arrivals_seconds=5,
    batches=4,
    import_rows=50_000,
    blacklist_rows=50_000,
    blacklist_rounds=1,
    blacklist_quiet_seconds=5,
    blacklist_rest_seconds=0,
    registrations=2_000,
    screened=100_000,
    cases=20_000,
    draws=2_000,
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    plan: Plan
    only: tuple[str, ...]
    contestants: tuple[str, ...]
    keep: Path | None
    json: Path | None
    generator: str


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description="Measures birthreg beside a bare look-up and a conventional stack, on this machine.",
        epilog="Example: scripts/benchmark --keep /var/tmp/birthreg-seeds --only single,batch",
    )
    parser.add_argument("--small", action="store_true", help="sizes that take two minutes instead of over half an hour")
    for name, default in msgspec.structs.asdict(Plan()).items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=type(default), metavar="N", help=f"default {default:,}")
    parser.add_argument("--only", default=",".join(MEASURES), help="measures, by comma: %(default)s")
    parser.add_argument("--contestants", default=",".join(CONTESTANTS), help="by comma: %(default)s")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the seeded data here, and use it again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default .birthreg/benchmark/<time>.json")
    parser.add_argument(
        "--generator", choices=("auto", "wrk", "own"), default="auto", help="what sends the closed loop"
    )
    return parser


def _choose(parser: argparse.ArgumentParser, given: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := set(given.split(",")) - set(known):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    return tuple(name for name in known if name in given.split(","))


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; exits with 2 and one line when it is wrong."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    sizes = {name: given[name] for name in Plan.__struct_fields__ if given[name] is not None}
    plan = msgspec.structs.replace(SMALL if given["small"] else Plan(), **sizes)
    if 26 * (plan.first_turn_left + 12 * plan.registrations_a_block) > plan.usages:
        parser.error("at least 160 times as many usages as registrations, for one letter in 26 is the newest")
    if plan.blacklist_rounds < 1:
        parser.error("at least one round with a file of void numbers")
    if plan.screened > plan.usages:
        parser.error("no more registrations to sweep than usages")
    if plan.draws + 200 * (plan.warm_up + plan.arrivals_seconds) > plan.cases:
        parser.error("more cases than are drawn, with some to spare")
    if plan.usages > 180_000_000 or max(plan.singles, plan.ranges, plan.issuances) > plan.usages:
        parser.error("at most 180 million usages, and no more singles, ranges or issuances than usages")
    return Options(
        plan=plan,
        only=_choose(parser, given["only"], MEASURES),
        contestants=_choose(parser, given["contestants"], CONTESTANTS),
        keep=given["keep"],
        json=given["json"],
        generator=given["generator"],
    )
