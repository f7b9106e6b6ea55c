"""What `translated.py` does, for the packages of Google, Cohere, Amazon and Ollama."""

import json
import os
import struct
import zlib

import cohere
import ollama
from cohere.core.api_error import ApiError
from google import genai
from google.genai import errors, types

# No profile of whoever runs this, no metadata service.
os.environ.pop("AWS_PROFILE", None)
os.environ.update(
    AWS_BEARER_TOKEN_BEDROCK="made-up",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)

import boto3  # noqa: E402 (it reads the environment when a client is made)
from botocore.config import Config  # noqa: E402
from botocore.exceptions import EventStreamError  # noqa: E402


def data(body):
    """The JSON of each server-sent event."""
    lines = body.decode().split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ") and line != "data: [DONE]"]


class Gemini:
    """Gemini. The package never asks for an array; of one its items are served as events."""

    def __init__(self, base, check, _told):
        options = types.HttpOptions(base_url=base, timeout=20_000)
        self.client = genai.Client(api_key="made-up", http_options=options)
        self.check = check

    def sent(self, body):
        sent = json.loads(body) if body.startswith(b"[") else data(body)
        wire = "".join(f"data: {json.dumps(event)}\n\n" for event in sent)
        return sent, wire.encode(), "text/event-stream"

    def parts(self, answers):
        return [part for a in answers for part in a["candidates"][0]["content"]["parts"]]

    def compare(self, path, got, sent):
        parts = self.parts(sent)
        said = "".join(p.get("text", "") for p in parts if not p.get("thought"))
        self.check(path, "text", "".join(p.text or "" for p in got if not p.thought), said)
        calls = [(p["functionCall"]["name"], p["functionCall"]["args"]) for p in parts if "functionCall" in p]
        self.check(path, "calls", [(p.function_call.name, p.function_call.args) for p in got if p.function_call], calls)

    def answer(self, path, body):
        answer = self.client.models.generate_content(model="m", contents="x")
        self.compare(path, answer.candidates[0].content.parts, [body])
        self.check(path, "reason", answer.candidates[0].finish_reason.name, body["candidates"][0]["finishReason"])
        self.check(path, "counts", answer.usage_metadata.total_token_count, body["usageMetadata"]["totalTokenCount"])

    def stream(self, path, sent):
        chunks = list(self.client.models.generate_content_stream(model="m", contents="x"))
        self.compare(path, [p for c in chunks for p in c.candidates[0].content.parts], sent)
        self.check(path, "reason", chunks[-1].candidates[0].finish_reason is not None, True)

    def is_error(self, event):
        return "error" in event

    # Inside a stream the package meets an answer without candidates.
    errors = (errors.APIError, TypeError)


class Cohere:
    """Cohere, version 2."""

    def __init__(self, base, check, told):
        self.client = cohere.ClientV2(api_key="made-up", base_url=base, timeout=20)
        self.check, self.told = check, told
        self.errors = (ApiError, told)

    def sent(self, body):
        return data(body), body, "text/event-stream"

    def answer(self, path, body):
        answer = self.client.chat(model="m", messages=[])
        self.check(path, "content", [c.type for c in answer.message.content], [c["type"] for c in body["message"]["content"]])
        calls = [c["function"]["arguments"] for c in body["message"].get("tool_calls", [])]
        self.check(path, "calls", [c.function.arguments for c in answer.message.tool_calls or []], calls)
        self.check(path, "reason", answer.finish_reason, body["finish_reason"])

    def stream(self, path, sent):
        events = list(self.client.chat_stream(model="m", messages=[]))
        self.check(path, "events", [e.type for e in events], [e["type"] for e in sent])
        if sent[-1]["delta"]["finish_reason"] == "ERROR":
            raise self.told
        self.check(path, "reason", events[-1].delta.finish_reason, sent[-1]["delta"]["finish_reason"])

    def is_error(self, event):
        return event.get("delta", {}).get("finish_reason") == "ERROR"


class Ollama:
    """Ollama's chat."""

    def __init__(self, base, check, _told):
        self.client = ollama.Client(host=base, timeout=20)
        self.check = check

    def sent(self, body):
        return [json.loads(line) for line in body.splitlines()], body, "application/x-ndjson"

    def ask(self, stream):
        return self.client.chat(model="m", messages=[], stream=stream)

    def text(self, line):
        return (line.get("message") or {}).get("content") or ""

    def answer(self, path, body):
        answer = self.ask(False)
        self.check(path, "text", self.text(answer), self.text(body))
        self.check(path, "counts", answer.eval_count, body.get("eval_count"))

    def stream(self, path, sent):
        lines = list(self.ask(True))
        self.check(path, "text", "".join(map(self.text, lines)), "".join(map(self.text, sent)))
        self.check(path, "done", [line.done for line in lines], [False] * (len(lines) - 1) + [True])

    def is_error(self, line):
        return "error" in line

    errors = (ollama.ResponseError,)


class OllamaGenerate(Ollama):
    """Ollama's completion."""

    def ask(self, stream):
        return self.client.generate(model="m", prompt="x", stream=stream)

    def text(self, line):
        return line.get("response") or ""


class Bedrock:
    """Converse. Its golden streams are lines of names and JSON; here they become Amazon's messages again."""

    def __init__(self, base, check, _told):
        config = Config(retries={"total_max_attempts": 1}, read_timeout=20, connect_timeout=20)
        secure = base.replace("http://", "https://", 1)
        self.client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=secure, config=config)
        self.client.meta.events.register("before-send.bedrock-runtime", self.without_tls)
        self.check = check

    @staticmethod
    def without_tls(request, **_):
        """The package gives a bearer token to TLS alone; these tests stay on loopback, without certificates."""
        request.url = request.url.replace("https://", "http://", 1)

    @staticmethod
    def message(name, text):
        fault = name.startswith("!")
        kind = (":exception-type" if fault else ":event-type", name.lstrip("!"))
        headers = b""
        for header, value in [kind, (":content-type", "application/json"), (":message-type", "exception" if fault else "event")]:
            headers += bytes([len(header)]) + header.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        prelude = struct.pack(">II", 16 + len(headers) + len(text), len(headers))
        whole = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + text
        return whole + struct.pack(">I", zlib.crc32(whole))

    def sent(self, body):
        lines = [line.split(" ", 1) for line in body.decode().splitlines()]
        wire = b"".join(self.message(name, text.encode()) for name, text in lines)
        return [(name, json.loads(text)) for name, text in lines], wire, "application/vnd.amazon.eventstream"

    def answer(self, path, body):
        answer = self.client.converse(modelId="m", messages=[])
        self.check(path, "message", answer["output"]["message"], body["output"]["message"])
        self.check(path, "counts", answer["usage"], body["usage"])

    def stream(self, path, sent):
        got = list(self.client.converse_stream(modelId="m", messages=[])["stream"])
        self.check(path, "events", got, [{name: event} for name, event in sent])

    def is_error(self, event):
        return event[0].startswith("!")

    errors = (EventStreamError,)


PACKAGES = {
    "gemini": Gemini,
    "cohere-chat": Cohere,
    "ollama-chat": Ollama,
    "ollama-generate": OllamaGenerate,
    "bedrock-converse": Bedrock,
}
