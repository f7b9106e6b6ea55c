"""The makers' own packages read what clients get in the golden cases of translation.

Usage: translated.py FOLDER. Every `answer.*.json` and every `events.*` of a case with a client that has a package here is
served to that package; it has to take it, whole and accumulated. Exits non-zero with the first one that it does not.
"""

import http.server
import json
import pathlib
import sys
import threading

import anthropic
import openai
import translated_more

FOLDER = pathlib.Path(sys.argv[1])
counts = {"answers": 0, "streams": 0, "failed": 0}


class Serving(http.server.BaseHTTPRequestHandler):
    """Answers everything with what is set."""

    protocol_version = "HTTP/1.1"
    body, content_type = b"", ""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", Serving.content_type)
        self.send_header("content-length", str(len(Serving.body)))
        self.end_headers()
        self.wfile.write(Serving.body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Serving)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
BASE = f"http://127.0.0.1:{server.server_port}"


def serve(body, content_type):
    Serving.body, Serving.content_type = body, content_type


def check(path, what, got, wanted):
    if got != wanted:
        sys.exit(f"{path}: {what}: got {got!r}, wanted {wanted!r}")


def events(body):
    """The JSON of each event."""
    lines = body.decode().split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ") and line != "data: [DONE]"]


class Told(Exception):
    """The stream told of a failure by an event that the package hands out."""


class Chat:
    """OpenAI Chat Completions."""

    def client(self):
        return openai.OpenAI(api_key="made-up", base_url=BASE + "/v1", max_retries=0).chat.completions

    def answer(self, path, body):
        answer = self.client().create(model="m", messages=[])
        message = body["choices"][0]["message"]
        check(path, "text", answer.choices[0].message.content, message["content"])
        for call in answer.choices[0].message.tool_calls or []:
            if "bent" not in path.name:
                json.loads(call.function.arguments)

    def stream(self, path, sent):
        text = "".join(c["delta"].get("content") or "" for e in sent for c in e.get("choices", []))
        with self.client().stream(model="m", messages=[]) as stream:
            try:
                stream.until_done()
                final = stream.get_final_completion()
            except openai.LengthFinishReasonError as error:
                final = error.completion
            except openai.ContentFilterFinishReasonError:
                return
        check(path, "text", final.choices[0].message.content or "", text)
        for call in final.choices[0].message.tool_calls or []:
            json.loads(call.function.arguments)

    def is_error(self, event):
        return "error" in event

    errors = (openai.APIError, Told)


class Responses(Chat):
    """OpenAI Responses."""

    def client(self):
        return openai.OpenAI(api_key="made-up", base_url=BASE + "/v1", max_retries=0).responses

    def answer(self, path, body):
        answer = self.client().create(model="m", input="")
        texts = [p["text"] for i in body["output"] if i["type"] == "message" for p in i["content"] if "text" in p]
        check(path, "text", answer.output_text, "".join(texts))

    def stream(self, path, sent):
        check(path, "numbers", [e["sequence_number"] for e in sent], list(range(len(sent))))
        texts = [e["delta"] for e in sent if e["type"] == "response.output_text.delta"]
        kinds = []
        with self.client().stream(model="m", input="") as stream:
            for event in stream:
                kinds.append(event.type)
            if sent[-1]["type"] == "response.completed":
                check(path, "text", stream.get_final_response().output_text, "".join(texts))
                check(path, "usage", stream.get_final_response().usage.total_tokens >= 0, True)
        if sent[-1]["type"] == "response.failed":
            raise Told
        check(path, "last", kinds[-1], sent[-1]["type"])

    def is_error(self, event):
        return event["type"] == "error"


class Messages:
    """Anthropic Messages."""

    def client(self):
        return anthropic.Anthropic(api_key="made-up", base_url=BASE, max_retries=0).messages

    def answer(self, path, body):
        answer = self.client().create(model="m", max_tokens=1, messages=[])
        check(path, "content", [b.type for b in answer.content], [b["type"] for b in body["content"]])
        check(path, "output tokens", answer.usage.output_tokens, body["usage"]["output_tokens"])

    def stream(self, path, sent):
        texts = [e["delta"]["text"] for e in sent if e.get("delta", {}).get("type") == "text_delta"]
        with self.client().stream(model="m", max_tokens=1, messages=[]) as stream:
            final = stream.get_final_message()
        check(path, "text", "".join(b.text for b in final.content if b.type == "text"), "".join(texts))
        check(path, "reason", final.stop_reason, sent[-2]["delta"]["stop_reason"])
        check(path, "input tokens", final.usage.input_tokens, sent[-2]["usage"]["input_tokens"])
        calls = [b for b in final.content if b.type == "tool_use"]
        check(path, "inputs", all(isinstance(call.input, dict) for call in calls), True)

    def is_error(self, event):
        return event["type"] == "error"

    errors = (anthropic.APIError,)


PACKAGES = {"openai-chat": Chat(), "openai-responses": Responses(), "anthropic-messages": Messages()}
PACKAGES |= {name: package(BASE, check, Told) for name, package in translated_more.PACKAGES.items()}

for case in sorted(FOLDER.iterdir()):
    client = next(case.glob("request.*")).name.split(".")[1]
    package = PACKAGES.get(client)
    if not package:
        continue
    for path in sorted(case.glob("answer.*")):
        body = path.read_bytes()
        if body != b"not understood\n":
            serve(body, "application/json")
            package.answer(path, json.loads(body))
            counts["answers"] += 1
    for path in sorted(case.glob("events.*")):
        body = path.read_bytes()
        sent, kind = events(body), "text/event-stream"
        if hasattr(package, "sent"):
            sent, body, kind = package.sent(body)
        failed = any(package.is_error(event) for event in sent)
        serve(body, kind)
        try:
            package.stream(path, sent)
            check(path, "failed", False, failed)
        except package.errors as error:
            check(path, f"failed ({error})", True, failed)
            counts["failed"] += 1
        counts["streams"] += 1

print(json.dumps(counts))
