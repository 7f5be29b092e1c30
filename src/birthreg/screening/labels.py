"""The words for the codes that evidence holds, by the field that holds them."""

from birthreg.kernel.language import Text

PLACES = frozenset({"county", "province", "issuer_province", "issuer_division", "organization", "number_province"})
"""Fields that hold codes of organisations (12 digits) or divisions (GB/T 2260)."""

LABELS: dict[str, dict[str, Text]] = {
    "collective_kind": {
        "police_station": Text("派出所", "a police station"),
        "community": Text("社区", "a community"),
        "school": Text("学校", "a school"),
        "employer": Text("单位", "an employer"),
        "talent_service": Text("人才服务机构", "a talent service"),
        "garrison": Text("部队", "a garrison"),
        "welfare_institution": Text("福利机构", "a welfare institution"),
        "religious": Text("宗教场所", "a religious place"),
        "other": Text("其他", "another body"),
    },
}
