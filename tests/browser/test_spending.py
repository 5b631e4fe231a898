"""From a plan to the public page: asked by one, approved by another, paid, signed off, reported, downloaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from chalicelib import clock
from tests.browser.office import APPROVER, MANAGER, SUPERVISOR, Office, opened
from tests.browser.phone import Phone
from tests.browser.system import System

Phones = Callable[..., Phone]
PLAN = "为独居老人送米油,\n并上门看望。"


@pytest.fixture(scope="module")
def office(system: System) -> Office:
    made = opened()
    made.received(100_000_00)
    return made


def planned(manager: Phone, title: str, yuan: str) -> str:
    """The address of a care action that waits for its approval."""
    today = clock.shanghai_day(clock.now_ms())
    manager.open("/staff/fund").press("新建关爱行动")
    manager.write("名称", title).write("计划", PLAN)
    manager.write("开始日期", today.isoformat()).write("结束日期", (today + timedelta(days=20)).isoformat())
    manager.write("困境老人", yuan).press("提交审批").reads(title, "待审批")
    return manager.page.url


def asked(manager: Phone, yuan: str) -> str:
    """On the care action's page: the address of a request for a part of its budget."""
    manager.press("申请拨付").choose("资金池", "邻里关爱资金").choose("支出类别", "困境老人")
    manager.write("金额(元)", yuan).write("用途说明", "大米二十袋").tick("机构" if "机构" in manager.words else "单位")
    manager.write("户名", "康乐为老服务社").write("开户银行", "示范银行龙井支行")
    manager.write("银行账号", "6222 0212 3456 6688").tick("本人与收款方没有")
    manager.press("提交审批").reads("大米二十袋", "****6688", "待审批")
    return manager.page.url


def test_from_plan_to_public_page(office: Office, phone: Phones, tmp_path: Path) -> None:
    manager, approver = phone(MANAGER), phone(APPROVER)
    manager.open("/staff").picture("40-staff")
    action = planned(manager, "冬衣暖心·独居老人", "5000")
    approver.open(action).press("审批计划").reads("¥5,000.00", "人民币伍仟元整").press("同意这项计划").reads("已批准")
    manager.open(action).press("开始执行")
    request = asked(manager, "1860.50")
    manager.picture("41-disbursement-requested")
    # who asked is offered no approval
    assert manager.page.get_by_role("link", name="审批", exact=True).count() == 0

    approver.open("/staff/fund").reads("大米二十袋").picture("42-to-approve")
    approver.open(request).press("审批").reads("¥1,860.50", "人民币壹仟捌佰陆拾元零伍角整").picture("43-approve")
    approver.press("同意拨付", exact=False).reads("没有利害关系")
    approver.tick("本人与收款方没有").press("同意拨付", exact=False).reads("待付款")

    manager.open(request).press("登记付款").choose("付款账户", "基本户 尾号6688").write("银行流水号", "B20260001")
    manager.tick("已核对银行回单").picture("44-pay").press("确认已付款", exact=False).reads("已付款", "B20260001")

    approver.open(action).press("验收完成").write("服务人次", "86").write("验收说明", "名单与签收表已核对")
    approver.press("确认验收完成").reads("86 人次").picture("45-signed-off")

    supervisor = phone(SUPERVISOR).open("/staff").press("支出明细报告").picture("46-report")
    supervisor.reads("¥1,860.50", "1 笔,服务 86 人次", "康乐为老服务社", "冬衣暖心·独居老人", "B20260001")
    _csv_opens(supervisor, tmp_path)
    _xlsx_opens(supervisor, tmp_path)

    public = phone().open("/").picture("01-home")
    public.reads("冬衣暖心·独居老人", "86 人次", "困境老人", "¥100,000.00", "¥1,860.50")
    public.reads("数据来自账簿,截至", "为保护隐私,不公开受助人身份,不足5人的合并显示。监督电话:12345")
    assert "康乐为老服务社" not in public.words
    phone(lang="en-US").open("/").picture("02-home-english").reads("Elders in need")


def _csv_opens(supervisor: Phone, folder: Path) -> None:
    with supervisor.page.expect_download() as waiting:
        supervisor.find("下载 CSV").click()
    waiting.value.save_as(folder / "report.csv")
    raw = (folder / "report.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "without the mark Excel takes Chinese for something else"
    cells = [cell for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))) for cell in row]
    assert "康乐为老服务社" in cells
    assert "1860.50" in cells


def _xlsx_opens(supervisor: Phone, folder: Path) -> None:
    with supervisor.page.expect_download() as waiting:
        supervisor.find("下载 Excel(XLSX)").click()
    waiting.value.save_as(folder / "report.xlsx")
    assert waiting.value.suggested_filename.endswith(".xlsx")
    book = openpyxl.load_workbook(folder / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "康乐为老服务社" in cells
    assert 1860.5 in cells


def test_more_than_the_pot_and_without_script(office: Office, phone: Phones) -> None:
    manager, approver = phone(MANAGER, script=False), phone(APPROVER, script=False)
    action = planned(manager, "春节送福", "300")
    approver.open(action).press("审批计划").press("同意这项计划")
    manager.open(action).press("开始执行")
    manager.press("申请拨付").choose("资金池", "邻里关爱资金").press("提交审批").reads("有几处需要改一下。")
    request = asked(manager.open(action), "300")
    approver.open(request).press("审批").tick("本人与收款方没有").press("同意拨付", exact=False).reads("待付款")
    manager.open(request).press("登记付款").choose("付款账户", "基本户 尾号6688").write("银行流水号", "B20260001")
    # the serial stands on another line of the statement already, or is typed wrongly
    manager.tick("已核对银行回单").press("确认已付款", exact=False)
    assert manager.page.locator(".notice-bad, .wrong, .problem").count() >= 1
    manager.write("银行流水号", "B20260002").tick("已核对银行回单").press("确认已付款", exact=False).reads("已付款")


def test_a_refusal_by_the_approver(office: Office, phone: Phones) -> None:
    manager, approver = phone(MANAGER), phone(APPROVER)
    action = planned(manager, "夏日清凉", "200")
    approver.open(action).press("审批计划").press("同意这项计划")
    request = asked(manager.open(action), "100")
    approver.open(request).unfold("驳回这笔申请").write("驳回原因", "报价单未附").press("确认驳回")
    approver.reads("已驳回", "报价单未附")
    manager.open(request).reads("报价单未附")
