"""The words for the codes that evidence holds, by the field that holds them."""

from birthreg.blacklist.models import BLACKLIST_REASONS
from birthreg.kernel.language import Text

PLACES = frozenset({"county", "province", "issuer_province", "issuer_division", "organization", "number_province"})
"""Fields that hold codes of organisations (12 digits) or divisions (GB/T 2260)."""

LABELS: dict[str, dict[str, Text]] = {
    "listing_reason": BLACKLIST_REASONS,
    "relation": {
        "27": Text("养子或继子", "an adopted son or stepson"),
        "37": Text("养女或继女", "an adopted daughter or stepdaughter"),
        "80": Text("其他", "“other”"),
        "97": Text("其他亲属", "another relative"),
        "99": Text("非亲属", "a non-relative"),
    },
    "grounds": {
        "adopted_or_step": Text("与户主关系为养子女或继子女", "an adopted child or stepchild of the head of household"),
        "de_facto_adoption": Text("按事实收养申报", "declared as a de-facto adoption"),
        "legal_adoption": Text("按依法收养申报", "declared as a legal adoption"),
    },
    "exception": {
        "none": Text("未填例外情形", "no exception given"),
        "student_collective": Text("父母为学生集体户", "the parents are in a student collective household"),
        "parents_abroad": Text("父母定居境外或为华侨", "the parents are abroad or overseas Chinese"),
        "parents_military": Text("父母均为现役军人", "both parents are serving soldiers"),
        "parents_without_household": Text("父母均无户口", "neither parent is registered"),
        "parents_without_custody": Text("父母均无监护权", "neither parent has custody"),
        "foundling": Text("弃婴", "a foundling"),
        "legal_adoption": Text("依法收养", "a legal adoption"),
    },
    "marital_status": {
        "unmarried": Text("父母未婚", "the parents are unmarried"),
        "out_of_wedlock_stated": Text("父母未婚且已书面说明非婚生育", "the parents stated a birth out of wedlock"),
    },
    "father_alone": {
        "with_father": Text("只随父落户", "the child is registered with the father alone"),
        "no_mother": Text("只填写父亲、未填母亲", "a father is named and no mother"),
    },
    "mother_state": {
        "missing": Text("没有填写母亲", "no mother is named"),
        "unnamed": Text("有母亲身份证件号码而没有姓名", "the mother has a number and no name"),
        "unidentified": Text("母亲只有姓名、没有身份证件号码", "the mother has a name and no number of any paper"),
    },
    "differs": {
        "child_name": Text("孩子姓名", "the child's name"),
        "sex": Text("性别", "sex"),
        "birth_date": Text("出生日期", "the day of birth"),
        "mother_name": Text("母亲姓名", "the mother's name"),
    },
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
