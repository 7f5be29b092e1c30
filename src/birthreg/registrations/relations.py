"""Relations to the head of household (GB/T 4761): what each code says of a child, as a table."""

from enum import StrEnum

import msgspec

from birthreg.kernel.citizen_numbers import FEMALE, MALE


class RelationGroup(StrEnum):
    """What a relation means for a child who joins the household."""

    OWN_CHILD = "own_child"
    ADOPTED_OR_STEP = "adopted_or_step"
    GRANDCHILD = "grandchild"
    NEPHEW_OR_NIECE = "nephew_or_niece"
    SIBLING = "sibling"
    OTHER_RELATIVE = "other_relative"
    NON_RELATIVE = "non_relative"
    """The codes by which the notice knows a registration as a non-relative."""
    HEAD = "head"
    IMPOSSIBLE = "impossible"
    """Spouses, parents and children-in-law: no child under fourteen is one."""


class Relation(msgspec.Struct, frozen=True):
    """One code: its name in the standard, its group, and the sex that it presumes (None: either)."""

    name: str
    group: RelationGroup
    sex: int | None = None


_G = RelationGroup

RELATIONS: dict[str, Relation] = {
    "01": Relation("本人", _G.HEAD),
    "02": Relation("户主", _G.HEAD),
    "10": Relation("配偶", _G.IMPOSSIBLE),
    "11": Relation("夫", _G.IMPOSSIBLE, MALE),
    "12": Relation("妻", _G.IMPOSSIBLE, FEMALE),
    "20": Relation("子", _G.OWN_CHILD, MALE),
    "21": Relation("独生子", _G.OWN_CHILD, MALE),
    "22": Relation("长子", _G.OWN_CHILD, MALE),
    "23": Relation("次子", _G.OWN_CHILD, MALE),
    "24": Relation("三子", _G.OWN_CHILD, MALE),
    "25": Relation("四子", _G.OWN_CHILD, MALE),
    "26": Relation("五子", _G.OWN_CHILD, MALE),
    "27": Relation("养子或继子", _G.ADOPTED_OR_STEP, MALE),
    "28": Relation("女婿", _G.IMPOSSIBLE, MALE),
    "29": Relation("其他儿子", _G.OWN_CHILD, MALE),
    "30": Relation("女", _G.OWN_CHILD, FEMALE),
    "31": Relation("独生女", _G.OWN_CHILD, FEMALE),
    "32": Relation("长女", _G.OWN_CHILD, FEMALE),
    "33": Relation("次女", _G.OWN_CHILD, FEMALE),
    "34": Relation("三女", _G.OWN_CHILD, FEMALE),
    "35": Relation("四女", _G.OWN_CHILD, FEMALE),
    "36": Relation("五女", _G.OWN_CHILD, FEMALE),
    "37": Relation("养女或继女", _G.ADOPTED_OR_STEP, FEMALE),
    "38": Relation("儿媳", _G.IMPOSSIBLE, FEMALE),
    "39": Relation("其他女儿", _G.OWN_CHILD, FEMALE),
    "40": Relation("孙子、孙女或外孙子、外孙女", _G.GRANDCHILD),
    "41": Relation("孙子", _G.GRANDCHILD, MALE),
    "42": Relation("孙女", _G.GRANDCHILD, FEMALE),
    "43": Relation("外孙子", _G.GRANDCHILD, MALE),
    "44": Relation("外孙女", _G.GRANDCHILD, FEMALE),
    "45": Relation("孙媳妇或外孙媳妇", _G.IMPOSSIBLE, FEMALE),
    "46": Relation("孙女婿或外孙女婿", _G.IMPOSSIBLE, MALE),
    "47": Relation("曾孙子或外曾孙子", _G.GRANDCHILD, MALE),
    "48": Relation("曾孙女或外曾孙女", _G.GRANDCHILD, FEMALE),
    "49": Relation("其他孙子、孙女或外孙子、外孙女", _G.GRANDCHILD),
    "50": Relation("父母", _G.IMPOSSIBLE),
    "51": Relation("父亲", _G.IMPOSSIBLE, MALE),
    "52": Relation("母亲", _G.IMPOSSIBLE, FEMALE),
    "53": Relation("公公", _G.IMPOSSIBLE, MALE),
    "54": Relation("婆婆", _G.IMPOSSIBLE, FEMALE),
    "55": Relation("岳父", _G.IMPOSSIBLE, MALE),
    "56": Relation("岳母", _G.IMPOSSIBLE, FEMALE),
    "57": Relation("继父或养父", _G.IMPOSSIBLE, MALE),
    "58": Relation("继母或养母", _G.IMPOSSIBLE, FEMALE),
    "59": Relation("其他父母关系", _G.IMPOSSIBLE),
    "60": Relation("祖父母或外祖父母", _G.IMPOSSIBLE),
    "61": Relation("祖父", _G.IMPOSSIBLE, MALE),
    "62": Relation("祖母", _G.IMPOSSIBLE, FEMALE),
    "63": Relation("外祖父", _G.IMPOSSIBLE, MALE),
    "64": Relation("外祖母", _G.IMPOSSIBLE, FEMALE),
    "65": Relation("配偶的祖父母或外祖父母", _G.IMPOSSIBLE),
    "66": Relation("曾祖父", _G.IMPOSSIBLE, MALE),
    "67": Relation("曾祖母", _G.IMPOSSIBLE, FEMALE),
    "68": Relation("配偶的曾祖父母或外曾祖父母", _G.IMPOSSIBLE),
    "69": Relation("其他祖父母或外祖父母关系", _G.IMPOSSIBLE),
    "70": Relation("兄弟姐妹", _G.SIBLING),
    "71": Relation("兄", _G.SIBLING, MALE),
    "72": Relation("嫂", _G.IMPOSSIBLE, FEMALE),
    "73": Relation("弟", _G.SIBLING, MALE),
    "74": Relation("弟媳", _G.IMPOSSIBLE, FEMALE),
    "75": Relation("姐姐", _G.SIBLING, FEMALE),
    "76": Relation("姐夫", _G.IMPOSSIBLE, MALE),
    "77": Relation("妹妹", _G.SIBLING, FEMALE),
    "78": Relation("妹夫", _G.IMPOSSIBLE, MALE),
    "79": Relation("其他兄弟姐妹", _G.SIBLING),
    "80": Relation("其他", _G.NON_RELATIVE),
    "81": Relation("伯父", _G.OTHER_RELATIVE, MALE),
    "82": Relation("伯母", _G.IMPOSSIBLE, FEMALE),
    "83": Relation("叔父", _G.OTHER_RELATIVE, MALE),
    "84": Relation("婶母", _G.IMPOSSIBLE, FEMALE),
    "85": Relation("舅父", _G.OTHER_RELATIVE, MALE),
    "86": Relation("舅母", _G.IMPOSSIBLE, FEMALE),
    "87": Relation("姨父", _G.IMPOSSIBLE, MALE),
    "88": Relation("姨母", _G.OTHER_RELATIVE, FEMALE),
    "89": Relation("姑父", _G.IMPOSSIBLE, MALE),
    "90": Relation("姑母", _G.OTHER_RELATIVE, FEMALE),
    "91": Relation("堂兄弟、堂姐妹", _G.OTHER_RELATIVE),
    "92": Relation("表兄弟、表姐妹", _G.OTHER_RELATIVE),
    "93": Relation("侄子", _G.NEPHEW_OR_NIECE, MALE),
    "94": Relation("侄女", _G.NEPHEW_OR_NIECE, FEMALE),
    "95": Relation("外甥", _G.NEPHEW_OR_NIECE, MALE),
    "96": Relation("外甥女", _G.NEPHEW_OR_NIECE, FEMALE),
    "97": Relation("其他亲属", _G.NON_RELATIVE),
    "99": Relation("非亲属", _G.NON_RELATIVE),
}

NEEDS_EXCEPTION = frozenset({RelationGroup.GRANDCHILD, RelationGroup.NEPHEW_OR_NIECE})
"""With these relations the head is no parent: the registration rests on an exception."""
