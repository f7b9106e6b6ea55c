"""The official `boto3` package, bedrock-runtime: converse, converse_stream, invoke_model and
invoke_model_with_response_stream, with a bearer token.

Usage: bedrock_client.py URL TEXT.
"""

import json
import os

from checks import CUTS, arguments, check, check_counts, check_times

url, text = arguments()
# A bearer token in place of a signature; no profile of whoever runs this, no metadata service.
os.environ.pop("AWS_PROFILE", None)
os.environ.update(
    AWS_BEARER_TOKEN_BEDROCK="made-up",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)

import boto3  # noqa: E402 (it reads the environment when a client is made)
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError, EventStreamError  # noqa: E402

config = Config(retries={"total_max_attempts": 1}, read_timeout=20, connect_timeout=20)
secure = url.replace("http://", "https://", 1)
client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=secure, config=config)


def without_tls(request, **_):
    """The package gives a bearer token to TLS alone; these tests stay on loopback, without certificates."""
    request.url = request.url.replace("https://", "http://", 1)


client.meta.events.register("before-send.bedrock-runtime", without_tls)
messages = [{"role": "user", "content": [{"text": text}]}]
tools = {"tools": [{"toolSpec": {"name": "note", "inputSchema": {"json": {"type": "object", "properties": {}}}}}]}
thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
CLAUDE = "anthropic.echo{}:0"


def converse(model="echo", messages=messages, **request):
    answer = client.converse(modelId=model, messages=messages, **request)
    return answer["output"]["message"]["content"], answer


def streamed(model="echo", **request):
    """The joined deltas of each slot of a stream."""
    slots = {"text": "", "reasoning": "", "input": "", "cited": "", "usage": None}
    for event in client.converse_stream(modelId=model, messages=messages, **request)["stream"]:
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        slots["text"] += delta.get("text", "")
        slots["reasoning"] += delta.get("reasoningContent", {}).get("text", "")
        slots["input"] += delta.get("toolUse", {}).get("input", "")
        slots["cited"] += "".join(source["text"] for source in delta.get("citation", {}).get("sourceContent", []))
        slots["usage"] = event.get("metadata", {}).get("usage", slots["usage"])
    return slots


content, answer = converse()
check("converse", (content[0]["text"], answer["usage"]["totalTokens"]), (text, 18))
content, _ = converse(system=[{"text": text}])
check_times("system", content[0]["text"], text, 2)

for cut in CUTS:
    slots = streamed(f"echo{cut}")
    check(f"converse_stream{cut}", (slots["text"], slots["usage"]["totalTokens"]), (text, 18))

content, answer = converse(toolConfig=tools)
call = content[0]["toolUse"]
check("tool call", (answer["stopReason"], call["input"]), ("tool_use", {"echo": text}))
result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": text}, {"json": {"note": text}}]}}
history = messages + [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
content, _ = converse(messages=history, toolConfig=tools)
check_times("tool result", content[0]["text"], text, 4)
check("streamed tool call", json.loads(streamed("echo-nasty", toolConfig=tools)["input"]), {"echo": text})

content, _ = converse(additionalModelRequestFields=thinking)
check("reasoning", content[0]["reasoningContent"]["reasoningText"]["text"], text)
check("text after the reasoning", content[1]["text"], text)
slots = streamed("echo-nasty", additionalModelRequestFields=thinking)
check("streamed reasoning", (slots["reasoning"], slots["text"]), (text, text))

content, _ = converse("echo-cited")
cited = content[0]["citationsContent"]
check("citation", (cited["content"][0]["text"], cited["citations"][0]["sourceContent"][0]["text"]), (text, text))
slots = streamed("echo-cited-nasty")
check("streamed citation", (slots["text"], slots["cited"]), (text, text))

document = {"document": {"name": "notes", "format": "txt", "source": {"bytes": text.encode()}}}
content, _ = converse(messages=[{"role": "user", "content": [document]}])
check("document", content[0]["text"], text)

claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096, "messages": [{"role": "user", "content": text}]}
answer = json.loads(client.invoke_model(modelId=CLAUDE.format(""), body=json.dumps(claude))["body"].read())
check("invoke_model", answer["content"][0]["text"], text)
for cut in CUTS:
    stream = client.invoke_model_with_response_stream(modelId=CLAUDE.format(cut), body=json.dumps(claude))["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    pieces = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    check(f"invoke_model_with_response_stream{cut}", "".join(pieces), text)
claude["tools"] = [{"name": "note", "input_schema": {"type": "object", "properties": {}}}]
answer = json.loads(client.invoke_model(modelId=CLAUDE.format(""), body=json.dumps(claude))["body"].read())
check("invoke_model, tool call", answer["content"][0]["input"], {"echo": text})

nova = {"messages": messages, "inferenceConfig": {"maxTokens": 100}}
answer = json.loads(client.invoke_model(modelId="amazon.echo-v1:0", body=json.dumps(nova))["body"].read())
check("invoke_model, Nova", answer["output"]["message"]["content"][0]["text"], text)
titan = json.dumps({"inputText": text})
answer = json.loads(client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=titan)["body"].read())
check_counts("embedding", [answer["embedding"]], 1)

try:
    converse("error")
    raise SystemExit("an error was not raised")
except ClientError as error:
    check("error", (error.response["Error"]["Code"], error.response["Error"]["Message"]), ("ThrottlingException", f"too much of this: {text}"))
try:
    streamed("echo-then-error")
    raise SystemExit("an error in a stream was not raised")
except EventStreamError as error:
    check("error in a stream", error.response["Error"]["Message"], f"no more of this: {text}")

print("boto3: converse and invoke_model, plain, streamed, tools and reasoning are as they should be")
