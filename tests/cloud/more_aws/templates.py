"""CloudFormation: properties and types that ministack leaves out."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import budgets, cloudtrail, lambda_svc, secretsmanager
from ministack.services import dynamodb as dynamodb_svc
from ministack.services.cloudformation import provisioners

Json = dict[str, Any]


def secret_string(props: Json) -> str:
    """``AWS::SecretsManager::Secret`` (GenerateSecretString): every one of its conditions counts, as in
    GetRandomPassword; ministack looks at the length and the excluded characters only."""
    wanted = dict(props.get("GenerateSecretString") or {})
    if not wanted or props.get("SecretString"):
        return str(props.get("SecretString", ""))
    template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
    _, _, body = secretsmanager._get_random_password({name: _plain(value) for name, value in wanted.items()})
    made = json.loads(body)["RandomPassword"]
    return json.dumps({**json.loads(template), key: made}) if template else str(made)


def _plain(value: Any) -> Any:
    """A property as CloudFormation takes it: "true" is true and "64" is 64."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value


_make_table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]["create"]


def table(logical_id: str, props: Json, stack_name: str) -> Any:
    """``AWS::DynamoDB::Table``: recovery, expiry, encryption and the table's own policy as well."""
    name, attributes = _make_table(logical_id, props, stack_name)
    recovery = (props.get("PointInTimeRecoverySpecification") or {}).get("PointInTimeRecoveryEnabled")
    dynamodb_svc._pitr_settings[name] = bool(_plain(recovery))
    if expiry := props.get("TimeToLiveSpecification"):
        dynamodb_svc._ttl_settings[name] = {"TimeToLiveStatus": "ENABLED", "AttributeName": expiry["AttributeName"]}
    if encryption := props.get("SSESpecification"):
        asked = {"Enabled": True, **{key: value for key, value in encryption.items() if key != "SSEEnabled"}}
        dynamodb_svc._tables[name]["SSEDescription"] = dynamodb_svc._sse_description_from_spec(asked)
    if policy := (props.get("ResourcePolicy") or {}).get("PolicyDocument"):
        text = policy if isinstance(policy, str) else json.dumps(policy)
        dynamodb_svc._resource_policies[attributes["Arn"]] = {"Policy": text, "RevisionId": "1"}
    return name, attributes


def secret_by_arn(make: Any, change: Any, remove: Any) -> Json:
    """``AWS::SecretsManager::Secret`` (return values): ``Ref`` is the ARN of the secret; ministack takes its name."""

    def name_of(arn: str) -> str:
        return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn), arn)

    def create(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
        _, attributes = make(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update(physical_id: str, old: Json, new: Json, stack_name: str, logical_id: str | None = None) -> Any:
        _, attributes = change(name_of(physical_id), old, new, stack_name, logical_id)
        return attributes["Arn"], attributes

    def delete(physical_id: str, props: Json) -> None:
        remove(name_of(physical_id), props)

    return {"create": create, "update": update, "delete": delete}


_make_rest_api = provisioners._apigw_rest_api_create


def rest_api(logical_id: str, props: Json, stack_name: str) -> Any:
    """``x-amazon-apigateway-binary-media-types``: what the OpenAPI body names is binary as well."""
    named = (props.get("Body") or {}).get("x-amazon-apigateway-binary-media-types") or []
    return _make_rest_api(logical_id, {"BinaryMediaTypes": named, **props}, stack_name)


_make_function = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["create"]


def function(logical_id: str, props: Json, stack_name: str) -> Any:
    """``AWS::Lambda::Function``: ``DeadLetterConfig`` as well."""
    name, attributes = _make_function(logical_id, props, stack_name)
    if props.get("DeadLetterConfig"):
        lambda_svc._functions[name]["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]
    return name, attributes


def budget(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
    """``AWS::Budgets::Budget``: kept, as the service itself keeps it; nobody is billed here."""
    asked = {**props["Budget"], "BudgetName": props["Budget"].get("BudgetName") or f"{stack_name}-{logical_id}"}
    status, _, body = budgets._create_budget({"Budget": asked, **{k: v for k, v in props.items() if k != "Budget"}})
    if status >= 400:
        raise ValueError(f"AWS::Budgets::Budget: {body!r}")
    return asked["BudgetName"], {}


def trail(_logical_id: str, props: Json, _stack_name: str) -> tuple[str, Json]:
    """``AWS::CloudTrail::Trail``: kept by its service, with what it is to look at."""
    name = props["TrailName"]
    asked = {**props, "Name": name, "KmsKeyId": props.get("KMSKeyId", "")}
    selectors = {"TrailName": name, "AdvancedEventSelectors": props["AdvancedEventSelectors"]}
    steps = (
        (cloudtrail._create_trail, asked),
        (cloudtrail._put_event_selectors, selectors),
        (cloudtrail._start_logging, {"Name": name}),
    )
    for step, body in steps:
        status, _, told = step(body)
        if status >= 400:
            raise ValueError(f"AWS::CloudTrail::Trail: {told!r}")
    return name, {"Arn": cloudtrail._trail_arn(name)}


def install() -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    provisioners._sm_secret_string = secret_string
    handlers["AWS::DynamoDB::Table"]["create"] = table
    handlers["AWS::Lambda::Function"]["create"] = function
    secret = handlers["AWS::SecretsManager::Secret"]
    secret.update(secret_by_arn(secret["create"], secret["update"], secret["delete"]))
    provisioners._apigw_rest_api_create = rest_api
    handlers["AWS::ApiGateway::RestApi"]["create"] = rest_api
    handlers.setdefault("AWS::Budgets::Budget", {"create": budget})
    handlers.setdefault("AWS::CloudTrail::Trail", {"create": trail})
