// The least a function in Node can do: one GetItem, one answer.

import http from "node:http";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";

const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const dynamo = new DynamoDBClient({});
// Never used here, as in many a cold start; the functions it stands beside have one too.
export const queue = new SQSClient({});

function call(method, url, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function handle(event) {
  const key = { pk: { S: "demo" }, sk: { S: `contact#${event.rawPath}` } };
  const table = process.env.TANDEM_RECORDS_TABLE;
  const found = await dynamo.send(new GetItemCommand({ TableName: table, Key: key }));
  return { statusCode: found.Item ? 200 : 404, body: "" };
}

async function main() {
  for (;;) {
    const next = await call("GET", `${runtime}/next`);
    const id = next.headers["lambda-runtime-aws-request-id"];
    const answer = await handle(JSON.parse(next.body));
    await call("POST", `${runtime}/${id}/response`, JSON.stringify(answer));
  }
}

main();
