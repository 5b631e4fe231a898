"""From Chalice's template to the one that is deployed: ``build/sam.json`` → ``build/template.json``.

Chalice makes one role for all functions, one function for all pages, and knows nothing of logs, dead letters and
alarms. Here every function gets its own role and settings, what speaks to Stripe gets a function of its own made of
the same code, and infra/app.yaml joins in. What does not fit together is refused by name.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.template import cfn, dashboard, functions, refusals
from infra.template.policies import PolicyWrong, policies

ROOT = Path(__file__).resolve().parents[2]
APP = Path(__file__).parents[1] / "app.yaml"
PAGES = "APIHandler"
PAYMENTS = "PaymentsHandler"
CHALICE_ONLY = ("DefaultRole",)
# They go with the stack: kept, their names would stand in the way of the next deploy.
NAMED_AND_PASSING = ("AWS::Logs::LogGroup", "AWS::SQS::Queue")


class Mismatch(Exception):
    """The package, the policies and the functions' settings do not name the same functions."""


def assemble(sam: Mapping[str, Any], payments: set[tuple[str, str]]) -> dict[str, Any]:
    """The template of the app's stack.

    ``sam`` is Chalice's template; ``payments`` are the routes, as (path, method), that speak to Stripe.
    Raises Mismatch, PolicyWrong.
    """
    app, given = cfn.load(APP), functions.read()
    resources = {name: copy.deepcopy(one) for name, one in sam["Resources"].items() if name not in CHALICE_ONLY}
    _payments_function(resources, payments)
    _same_functions(resources, given)
    for one in given.values():
        functions.put(resources, one, policies())
    resources["RestAPI"]["Properties"] |= {**app["Api"], "GatewayResponses": refusals.gateway_responses()}
    for name, one in app["Resources"].items():
        if name in resources:
            raise Mismatch(f"{name} is both Chalice's and infra/app.yaml's")
        resources[name] = one
    alarms = [name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"]
    queues = [name for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"]
    resources["Dashboard"] = dashboard.resource([one.logical for one in given.values()], queues, sorted(alarms))
    _say_what_is_meant(resources, app["Suppressed"], given)
    return {
        "AWSTemplateFormatVersion": sam["AWSTemplateFormatVersion"],
        "Transform": sam["Transform"],
        "Description": "Linli, what runs: functions, pages, queues, alarms. What is kept is in the data stack.",
        "Parameters": app["Parameters"],
        "Mappings": app["Mappings"],
        "Conditions": app["Conditions"],
        "Resources": resources,
        "Outputs": {**sam["Outputs"], **app["Outputs"], **_outputs(given)},
    }


def payment_routes() -> set[tuple[str, str]]:
    """(path, method) of every route of the app that is marked as speaking to Stripe."""
    sys.path.insert(0, str(ROOT))
    from app import app
    from chalicelib.web.routing import speaks_to_stripe

    return {
        (path, method)
        for path, methods in app.routes.items()
        for method, route in methods.items()
        if speaks_to_stripe(route.view_function)
    }


def _payments_function(resources: dict[str, Any], payments: set[tuple[str, str]]) -> None:
    """A second function behind the API, of the same code: only it can read Stripe's secret."""
    if not payments:
        raise Mismatch("no route is marked as speaking to Stripe")
    resources[PAYMENTS] = copy.deepcopy(resources[PAGES])
    permission = copy.deepcopy(resources[f"{PAGES}InvokePermission"])
    permission["Properties"]["FunctionName"] = {"Ref": PAYMENTS}
    resources[f"{PAYMENTS}InvokePermission"] = permission
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, method in sorted(payments):
        try:
            integration = paths[path][method.lower()]["x-amazon-apigateway-integration"]
        except KeyError:
            raise Mismatch(f"{method} {path} is marked as speaking to Stripe and is not in the package") from None
        integration["uri"]["Fn::Sub"] = integration["uri"]["Fn::Sub"].replace(
            f"${{{PAGES}.Arn}}", f"${{{PAYMENTS}.Arn}}"
        )


def _same_functions(resources: Mapping[str, Any], given: Mapping[str, functions.Given]) -> None:
    """Raises Mismatch unless code, policies and settings name the same functions."""
    made = {name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}
    wanted = {one.logical for one in given.values()}
    told = {
        "in the package without settings (infra/functions.yaml)": made - wanted,
        "in infra/functions.yaml and not in the package": wanted - made,
        "with settings and without a policy (infra/policies.yaml)": set(given) - set(policies().functions),
        "in infra/policies.yaml without settings": set(policies().functions) - set(given),
    }
    wrong = [f"{', '.join(sorted(names))}: {what}" for what, names in told.items() if names]
    if wrong:
        raise Mismatch("; ".join(wrong))


def _say_what_is_meant(
    resources: Mapping[str, Any], by_type: Mapping[str, Mapping[str, str]], given: Mapping[str, functions.Given]
) -> None:
    """Findings of checkov that stay, each with its reason, on the resource itself."""
    by_name: dict[str, dict[str, str]] = {}
    for one in given.values():
        if one.started_by != "clock":
            reason = "Not started asynchronously: who waits for it, its queue or its stream sees the error."
            by_name[one.logical] = {"CKV_AWS_116": reason}
        if any(statement.name == "send-sms" for statement in policies().of(one.name)):
            by_name[f"{one.logical}Role"] = {"CKV_AWS_111": policies().statements["send-sms"].why}
    for name, resource in resources.items():
        if resource["Type"] in NAMED_AND_PASSING:
            resource |= {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
        reasons = {**by_type.get(resource["Type"], {}), **by_name.get(name, {})}
        if reasons:
            skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
            resource["Metadata"] = {"checkov": {"skip": skipped}}


def _outputs(given: Mapping[str, functions.Given]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in given.values():
        made[f"{one.logical}Name"] = {"Value": {"Ref": one.logical}}
        if one.has_dead_letters:
            made[f"{one.logical}DeadLettersUrl"] = {"Value": {"Ref": f"{one.logical}DeadLetters"}}
    return made


def build(folder: Path) -> dict[str, Any]:
    """Read ``sam.json`` in the folder, write ``template.json`` beside it. Raises Mismatch, PolicyWrong."""
    sam = json.loads((folder / "sam.json").read_text("utf-8"))
    made = assemble(sam, payment_routes())
    # the key order is Chalice's and ours; nothing in it changes from one build to the next
    (folder / "template.json").write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")), "utf-8")
    return made


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.template.assemble", description="make build/template.json")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="the folder that holds sam.json")
    try:
        build(parser.parse_args().out)
    except (Mismatch, PolicyWrong) as error:
        print(f"assemble: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
