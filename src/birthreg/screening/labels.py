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
    "claim_source": {
        "filed": Text("上级退回本登记的备案", "the level above rejected this registration"),
        "received": Text("下级报来另一登记", "another registration was filed from below"),
        "imported": Text("外单位的使用记录", "a record of use of another organisation"),
    },
    "matched_by": {
        "citizen_number": Text("公民身份号码相同", "by citizen number"),
        "particulars": Text("姓名、出生日期、性别及父或母相同", "by name, date of birth, sex and a parent"),
    },
    "other_paper": {
        "original": Text("原证", "the original"),
        "reissued": Text("补发、换发的新证", "its replacement"),
    },
}
