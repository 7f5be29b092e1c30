"""How a rule speaks: what a code means, the paragraph it comes from, and what the desk does next."""

import msgspec

from birthreg.kernel.language import Text
from birthreg.registrations.codes import ProofKind
from birthreg.registrations.policy_models import Ground, Note, Refusal


class Meaning(msgspec.Struct, frozen=True):
    """What one code of the policy means; `{names}` in the message are filled from the application."""

    code: str
    paragraph: Text
    message: Text
    next_step: Text

    def refuse(self, field: str, **values: Text) -> Refusal:
        """Refuse for this reason, at one field of the application."""
        return Refusal(
            code=self.code,
            field=field,
            paragraph=self.paragraph,
            message=self.message.fill(**values),
            next_step=self.next_step,
        )

    def note(self, field: str, **values: Text) -> Note:
        """Tell the desk, without stopping anything."""
        return Note(
            code=self.code,
            field=field,
            paragraph=self.paragraph,
            message=self.message.fill(**values),
            next_step=self.next_step,
        )

    def hold(self, **values: Text) -> Ground:
        """Let the application wait for an approval on this ground."""
        return Ground(
            code=self.code, paragraph=self.paragraph, message=self.message.fill(**values), next_step=self.next_step
        )


def both(value: object) -> Text:
    """Return a value that reads the same in both languages."""
    return Text(str(value), str(value))


NUMBER_MANDATORY = Text(
    "公安部通知:办理出生登记必须核验出生医学证明编号", "Ministry notice: the certificate number is verified before use"
)
CHECKS = Text("出生登记审核项目", "Checks on a birth registration")
DOCUMENTS = Text("出生登记申报材料", "Documents of a birth registration")
FOLLOWS_A_PARENT = Text(
    "公安部通知:可疑情形第 6 类(未随父或母落户)", "Ministry notice, suspicious kind 6 (registered with neither parent)"
)
PATERNITY = Text(
    "公安部通知:可疑情形第 7 类(非婚生随父落户但无亲子鉴定证明);国办发〔2015〕96号第二条第(一)项",
    "Ministry notice, suspicious kind 7 (with the father, out of wedlock, no paternity test); "
    "State Council General Office (2015) No. 96, part 2 (1)",
)
OVER_SIX = Text(
    "公安部通知:可疑情形第 5 类(6 周岁以上补报落户)", "Ministry notice, suspicious kind 5 (first registered over six)"
)
CITIZEN_NUMBERS = Text("GB 11643-1999《公民身份号码》", "GB 11643-1999, citizen identification number")
RELATION_CODES = Text("GB/T 4761《家庭关系代码》", "GB/T 4761, codes of family relations")
ETHNIC_GROUP_CODES = Text("GB/T 3304 民族代码", "GB/T 3304, codes of ethnic groups")
ONE_MONTH = Text(
    "《户口登记条例》第七条(出生后一个月内申报)", "Household registration regulations, article 7 (one month)"
)

PROOFS: dict[ProofKind, Text] = {
    ProofKind.STUDENT_STATUS: Text("学籍证明", "proof of student status"),
    ProofKind.RESIDENCE_ABROAD: Text("境外定居或居留证明", "proof of residence abroad"),
    ProofKind.MILITARY_SERVICE: Text("现役军人身份证明", "proof of military service"),
    ProofKind.PARENTS_WITHOUT_HOUSEHOLD: Text("父母双方无户口证明", "proof that neither parent is registered"),
    ProofKind.CUSTODY_RULING: Text("监护权裁判文书", "the ruling on custody"),
    ProofKind.FOUNDLING_REPORT: Text("捡拾弃婴(儿童)报案证明", "the report of the foundling"),
    ProofKind.INSTITUTION_ADMISSION: Text("福利机构接收证明", "the institution's admission"),
    ProofKind.ADOPTION_CERTIFICATE: Text("收养登记证", "the adoption certificate"),
    ProofKind.ADOPTION_NOTARISATION: Text("事实收养公证书", "the notarised de-facto adoption"),
    ProofKind.HOUSEHOLD_BOOKLET: Text("居民户口簿", "the household booklet"),
    ProofKind.MARRIAGE_CERTIFICATE: Text("结婚证", "the marriage certificate"),
    ProofKind.OUT_OF_WEDLOCK_STATEMENT: Text("非婚生育说明", "the statement of birth out of wedlock"),
    ProofKind.DECLARATION_REVOKED: Text(
        "撤销宣告失踪(死亡)的生效判决书", "the ruling that revokes the declaration of disappearance or death"
    ),
    ProofKind.POLICE_INQUIRY: Text("公安机关调查核实材料", "the police inquiry's report"),
    ProofKind.MIGRATION_PAPER: Text("补领或换领的户口迁移证件", "the renewed migration paper"),
    ProofKind.OTHER: Text("其他证明", "another proof"),
}
