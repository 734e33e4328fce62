"""The least a function in Python can do: one GetItem, one answer."""

import http.client
import json
import os

import boto3

RUNTIME = "/2018-06-01/runtime/invocation"
REGION = os.environ["AWS_REGION"]
TABLE = os.environ["TANDEM_RECORDS_TABLE"]

dynamo = boto3.client("dynamodb", region_name=REGION)
# Never used here, as in many a cold start; the functions it stands beside have one too.
queue = boto3.client("sqs", region_name=REGION)


def handle(event):
    key = {"pk": {"S": "demo"}, "sk": {"S": "contact#" + event["rawPath"]}}
    found = dynamo.get_item(TableName=TABLE, Key=key)
    return {"statusCode": 200 if "Item" in found else 404, "body": ""}


def main():
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", RUNTIME + "/next")
        response = runtime.getresponse()
        request_id = response.headers["lambda-runtime-aws-request-id"]
        answer = handle(json.loads(response.read()))
        body = json.dumps(answer, separators=(",", ":"))
        runtime.request("POST", f"{RUNTIME}/{request_id}/response", body)
        runtime.getresponse().read()


main()
