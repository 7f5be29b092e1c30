"""People, places and papers of the demonstration: invented, but of the form that real ones have."""

from datetime import date, timedelta
from random import Random

import msgspec

from birthreg.access.models import Role
from birthreg.kernel.citizen_numbers import MALE, check_character

MINISTRY = "000000000000"
HUBEI = "420000000000"
WUHAN = "420100000000"
XIANGYANG = "420600000000"


class Station(msgspec.Struct, frozen=True):
    """A police station, its officer at the desk, and how many of its prefecture's births it registers."""

    code: str
    name: str
    clerk: str
    clerk_name: str
    terminal: str
    weight: int


STATIONS = (
    Station("420106510000", "武汉市公安局武昌分局水果湖派出所", "clerk.wuchang", "周敏", "10.42.1.11", 4),
    Station("420102510000", "武汉市公安局江岸分局一元街派出所", "clerk.jiangan", "吴建国", "10.42.1.21", 3),
    Station("420111510000", "武汉市公安局洪山分局关山街派出所", "clerk.hongshan", "郑丽华", "10.42.1.31", 5),
    Station("420606510000", "襄阳市公安局樊城分局王寨派出所", "clerk.fancheng", "孙志强", "10.42.6.11", 4),
    Station("420602510000", "襄阳市公安局襄城分局昭明派出所", "clerk.xiangcheng", "何秀英", "10.42.6.21", 3),
    Station("420607510000", "襄阳市公安局襄州分局张湾派出所", "clerk.xiangzhou", "马晓东", "10.42.6.31", 3),
)

COUNTIES = {
    "420102000000": "武汉市公安局江岸分局",
    "420105000000": "武汉市公安局汉阳分局",
    "420106000000": "武汉市公安局武昌分局",
    "420111000000": "武汉市公安局洪山分局",
    "420602000000": "襄阳市公安局襄城分局",
    "420606000000": "襄阳市公安局樊城分局",
    "420607000000": "襄阳市公安局襄州分局",
    "420683000000": "枣阳市公安局",
}

ORGANIZATIONS = {
    MINISTRY: "公安部",
    HUBEI: "湖北省公安厅",
    WUHAN: "武汉市公安局",
    XIANGYANG: "襄阳市公安局",
    **COUNTIES,
    **{station.code: station.name for station in STATIONS},
}

OFFICERS = (
    *((station.clerk, station.clerk_name, Role.CLERK, station.code) for station in STATIONS),
    ("admin.wuhan", "李文博", Role.PREFECTURE_ADMIN, WUHAN),
    ("admin2.wuhan", "赵倩", Role.PREFECTURE_ADMIN, WUHAN),
    ("admin.xiangyang", "陈国栋", Role.PREFECTURE_ADMIN, XIANGYANG),
    ("admin2.xiangyang", "黄慧", Role.PREFECTURE_ADMIN, XIANGYANG),
    ("admin.hubei", "王海涛", Role.PROVINCE_ADMIN, HUBEI),
    ("admin2.hubei", "刘静", Role.PROVINCE_ADMIN, HUBEI),
    ("investigator.wuhan", "徐磊", Role.INVESTIGATOR, WUHAN),
    ("investigator2.wuhan", "朱琳", Role.INVESTIGATOR, WUHAN),
    ("lead.wuhan", "胡伟", Role.LEAD_INVESTIGATOR, WUHAN),
    ("investigator.xiangyang", "林峰", Role.INVESTIGATOR, XIANGYANG),
    ("lead.xiangyang", "高翔", Role.LEAD_INVESTIGATOR, XIANGYANG),
    ("investigator.hubei", "宋涛", Role.INVESTIGATOR, HUBEI),
    ("lead.hubei", "唐敏", Role.LEAD_INVESTIGATOR, HUBEI),
    ("auditor.hubei", "罗正", Role.AUDITOR, HUBEI),
    ("security.hubei", "梁洁", Role.SECURITY_ADMIN, HUBEI),
    # Health authorities have no police code: the client works for the whole province.
    ("health.hubei", "湖北省卫生健康委员会", Role.MACHINE_CLIENT, HUBEI),
)


class Hospital(msgspec.Struct, frozen=True):
    """A hospital that issues certificates: its division (GB/T 2260), code and share of the births."""

    name: str
    division: str
    code: str
    place: str
    weight: int

    @property
    def prefecture(self) -> str:
        """The organisation code of its prefecture's police."""
        return f"{self.division[:4]}00000000"


HOSPITALS = (
    Hospital("武汉市第一妇幼保健院", "420106", "420106001", "湖北省武汉市武昌区", 6),
    Hospital("武汉市第二妇幼保健院", "420102", "420102001", "湖北省武汉市江岸区", 5),
    Hospital("武汉市洪山和安医院", "420111", "420111003", "湖北省武汉市洪山区", 3),
    Hospital("武汉市汉阳安康妇产医院", "420105", "420105004", "湖北省武汉市汉阳区", 2),
    Hospital("襄阳市第一妇幼保健院", "420606", "420606001", "湖北省襄阳市樊城区", 5),
    Hospital("襄阳市襄城安和医院", "420602", "420602002", "湖北省襄阳市襄城区", 2),
    Hospital("襄阳市襄州仁爱医院", "420607", "420607002", "湖北省襄阳市襄州区", 2),
    Hospital("枣阳市安民妇产医院", "420683", "420683003", "湖北省襄阳市枣阳市", 1),
)

FAR_HOSPITAL = Hospital("凯里市安宁妇产医院", "522601", "522601009", "贵州省黔东南苗族侗族自治州凯里市", 0)
"""A thousand kilometres away: its certificates come to Xiangyang's desks in a row of numbers."""

FAR_HOSPITALS = (
    Hospital("怀化市安和妇产医院", "431202", "431202008", "湖南省怀化市鹤城区", 0),
    Hospital("昭通市安民医院", "530602", "530602007", "云南省昭通市昭阳区", 0),
    Hospital("周口市康宁妇产医院", "411602", "411602006", "河南省周口市川汇区", 0),
)
"""Whose papers turn up at one desk of Xiangyang, again and again."""

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "皇甫")
_BOYS = "梓宇浩轩子睿泽博文俊杰晨奕辰铭一诺承安嘉明远志昊天景行知言书恒沐阳煜城"
_GIRLS = "梓涵欣怡诗雨可馨思语晨曦若汐佳琪一诺依依沐瑶清妍书瑶知夏安然语桐芷若悦"
_MOTHERS = "丽娟敏静芳秀英燕霞玲婷雪梅颖慧琳洁倩莉萍红艳娜佳欣蕾莹璐瑶文君"
_FATHERS = "伟强磊军勇涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆志文建国海东亮峰林"

_HOMES = ("420106", "420102", "420111", "420105", "420606", "420602", "420607", "420683", "421002", "430104")
"""Divisions in which the parents' own numbers were given out."""

LETTER_OF_2000 = ord("A")
LAST_LETTER_YEAR = 2025


def letter_of(year: int) -> str:
    """Return the letter of papers printed in a year; what comes after 2025 isn't known yet."""
    return chr(LETTER_OF_2000 + min(year, LAST_LETTER_YEAR) - 2000)


def surname(random: Random) -> str:
    """Return a family name."""
    return random.choice(_DOUBLE_SURNAMES) if random.random() < 0.004 else random.choice(_SURNAMES)


def _given(random: Random, characters: str, *, single: float) -> str:
    first = random.choice(characters)
    return first if random.random() < single else first + random.choice(characters)


class Family(msgspec.Struct, frozen=True):
    """A child and the parents as the certificate names them; `sex` 1 male, 2 female (GB/T 2261.1).

    `couple` tells the parents from others of the same names; brothers and sisters share it.
    """

    child: str
    sex: int
    mother: str
    father: str
    couple: int


def family(random: Random) -> Family:
    """Return a family; nine children in ten bear the father's name."""
    fathers, mothers = surname(random), surname(random)
    sex = 1 if random.random() < 0.525 else 2
    bears = fathers if random.random() < 0.9 else mothers
    return Family(
        child=bears + _given(random, _BOYS if sex == 1 else _GIRLS, single=0.15),
        sex=sex,
        mother=mothers + _given(random, _MOTHERS, single=0.3),
        father=fathers + _given(random, _FATHERS, single=0.35),
        couple=random.getrandbits(48),
    )


def citizen_number(random: Random, born_on: date, sex: int) -> str:
    """Return an invented number of somebody born on a day.

    Sound, but so high a number of the day that hardly any office has given it out.
    """
    turn = random.randrange(970, 1000, 2) + (1 if sex == MALE else 0)
    digits = f"{random.choice(_HOMES)}{born_on:%Y%m%d}{turn}"
    return digits + check_character(digits)


def phone(random: Random) -> str:
    """Return a telephone number of a block that no network was given."""
    return f"154{random.randrange(10**8):08d}"


def station_for(random: Random, hospital: Hospital) -> Station:
    """Return where a child of this hospital is registered: nearly always in its prefecture."""
    near = [station for station in STATIONS if station.code[:4] == hospital.division[:4]]
    choices = near if near and random.random() < 0.96 else list(STATIONS)
    return random.choices(choices, [station.weight for station in choices])[0]


def hospital(random: Random) -> Hospital:
    """Return where a child is born."""
    return random.choices(HOSPITALS, [hospital.weight for hospital in HOSPITALS])[0]


def working_day(random: Random, first: date, *, spread: float) -> date:
    """Return a day at or after `first`, on average `spread` days later, on which desks are open."""
    day = first + timedelta(days=int(random.expovariate(1 / spread)))
    return day + timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)


class Blocks:
    """Gives hospitals their serial numbers, in blocks per year of printing as a province orders them.

    The first block begins far above the fixed numbers of the demonstration.
    """

    SIZE = 500

    def __init__(self, province: str = "42") -> None:
        """Begin with no block given out."""
        self._province = province
        self._given: dict[str, int] = {}
        self._open: dict[tuple[str, str], list[int]] = {}

    def next(self, letter: str, hospital: Hospital) -> str:
        """Return the next number of a hospital's block."""
        place = self._open.get((letter, hospital.code))
        if place is None or place[0] == place[1]:
            start = self._take(letter)
            place = self._open[letter, hospital.code] = [start, start + self.SIZE]
        place[0] += 1
        return self._number(letter, place[0] - 1)

    def run(self, letter: str, length: int) -> list[str]:
        """Return a run of numbers that no hospital was given otherwise."""
        start = self._take(letter) + 100
        return [self._number(letter, start + place) for place in range(length)]

    def _take(self, letter: str) -> int:
        self._given[letter] = self._given.get(letter, 400) + 1
        return self._given[letter] * self.SIZE

    def _number(self, letter: str, serial: int) -> str:
        return f"{letter}{self._province}{serial:07d}"
