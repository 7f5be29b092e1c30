"""Roles and acts as an officer reads them."""

from collections.abc import Mapping

from birthreg.kernel.language import Text

ROLE_NAMES = {
    "clerk": Text("登记民警", "clerk"),
    "prefecture_admin": Text("地市管理员", "prefecture administrator"),
    "province_admin": Text("省级管理员", "province administrator"),
    "investigator": Text("侦查员", "investigator"),
    "lead_investigator": Text("审核侦查员", "lead investigator"),
    "auditor": Text("督察", "auditor"),
    "security_admin": Text("安全管理员", "security administrator"),
    "machine_client": Text("系统客户端", "machine client"),
}

ACT_NAMES = {
    "verify": Text("核验编号", "verify a number"),
    "verify_many": Text("批量核验", "verify many numbers"),
    "read_lookups": Text("查看核验记录", "read look-ups"),
    "read_certificate": Text("查看编号的全部经过", "read the life of a number"),
    "deliver_issuances": Text("报送签发记录", "deliver issued certificates"),
    "read_blacklist": Text("查看失效名单", "read the list of void numbers"),
    "read_entry": Text("查看失效名单条目", "read an entry of the list"),
    "propose_blacklist": Text("提议、停用和撤回名单变更", "propose, hold and withdraw changes of the list"),
    "decide_blacklist": Text("审批名单变更", "decide on changes of the list"),
    "read_announcements": Text("查看通报", "read announcements"),
    "acknowledge_announcements": Text("签收通报", "take note of announcements"),
    "raise_objections": Text("提交异议", "raise objections"),
    "withdraw_objections": Text("撤回异议", "withdraw objections"),
    "read_objections": Text("查看异议", "read objections"),
    "import_usage": Text("导入使用记录", "import usages"),
    "read_imports": Text("查看导入记录", "read imports"),
    "register": Text("登记出生", "register a birth"),
    "read_registrations": Text("查看登记", "read registrations"),
    "search_registrations": Text("按个人信息检索登记", "search registrations by personal data"),
    "read_refusals": Text("查看被拒的办理", "read refused attempts"),
    "change_registrations": Text("申请撤回、更正和撤销登记", "withdraw, correct and revoke registrations"),
    "decide_registrations": Text("审批登记及其变更", "decide on registrations and their changes"),
    "read_filings": Text("查看备案", "read filings"),
    "resend_filings": Text("重新报送备案", "send filings again"),
    "read_rules": Text("查看筛查规则", "read the rules of screening"),
    "propose_rules": Text("提议和撤回规则变更", "propose and withdraw changes of rules"),
    "decide_rules": Text("审批规则变更", "decide on changes of rules"),
    "read_findings": Text("查看筛查发现", "read findings"),
    "suppress_findings": Text("搁置和恢复筛查发现", "suppress findings"),
    "run_sweeps": Text("发起和控制倒查", "run sweeps"),
    "read_sweeps": Text("查看倒查", "read sweeps"),
    "read_cases": Text("查看案件", "read cases"),
    "work_cases": Text("办理案件", "work on cases"),
    "lead_cases": Text("指派、确认和重启案件", "assign cases, confirm conclusions, reopen"),
    "read_papers": Text("识别和比对证件图片", "read and compare pictures of papers"),
    "read_readings": Text("查看识别记录", "see what was read of papers"),
    "compare_faces": Text("比对人脸", "compare faces"),
    "search_faces": Text("在已登记儿童中检索人脸", "search faces among registered children"),
    "keep_faces": Text("保存补报儿童的人脸", "keep the face of a child older than six"),
    "read_lists": Text("查看规则与编号所用名单", "read the lists behind rules and numbers"),
    "propose_lists": Text("提出和撤回名单变更", "propose and withdraw changes of those lists"),
    "decide_lists": Text("审批名单变更", "decide on changes of those lists"),
    "read_trail": Text("查看审计轨迹", "read the trail"),
    "read_officers": Text("查看账号", "read officers"),
    "suspend_officers": Text("停用和恢复账号", "suspend and reinstate officers"),
}


def name_of(names: Mapping[str, Text], code: str) -> Text:
    """Return the name of a role or an act; one that has none is told by its code."""
    return names.get(code, Text(code, code))
