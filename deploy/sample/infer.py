#!/usr/bin/env python3
"""Classifies one image of the digits test set through a gateway, and prints the class.

Needs the packages grpcio and protobuf, and a protobuf compiler: that of grpcio-tools or a `protoc`
on the path. On Debian: apt install python3-grpcio python3-grpc-tools. The compiler makes a
descriptor set only, so that any version of it goes with any version of the protobuf package.

Ends with 0 when the gateway answered, 1 when it refused, 2 when it was not asked.
"""

import argparse
import csv
import importlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HERE = pathlib.Path(__file__).resolve().parent
PIXELS = 64
DEADLINE_SECONDS = 10
SECRET_VARIABLE = "GATEHOUSE_CLIENT_SECRET"
ERROR_INFO = "google.rpc.ErrorInfo"

# What of google.rpc travels in `grpc-status-details-bin`, so that no further package is needed.
DETAILS_PROTO = """
syntax = "proto3";
package details;
message Detail { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Detail details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
"""


class NotAsked(Exception):
    """The gateway could not be asked."""


def main():
    options = arguments()
    try:
        messages = Messages(options.proto)
        images = [image(row) for row in range(options.row, options.row + max(1, options.stream))]
        token = options.token or client_token(options)
        ask = stream if options.stream else infer
        failed = False
        for (_, label), response in zip(images, ask(options, messages, images, token)):
            failed |= isinstance(response, str)
            print(response if isinstance(response, str) else outcome(response, label))
    except NotAsked as reason:
        print(reason, file=sys.stderr)
        return 2
    except grpc.RpcError as error:
        print(refusal(messages, error), file=sys.stderr)
        return 1
    return 1 if failed else 0


def outcome(response, label):
    logits = struct.unpack("<10f", response.raw_output_contents[0])
    return (f"class {logits.index(max(logits))} (the label says {label}), "
            f"by {response.model_name} version {response.model_version}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="127.0.0.1:8001", help="host:port of the gateway")
    parser.add_argument("--tls", action="store_true", help="use TLS")
    parser.add_argument("--ca", type=pathlib.Path, help="PEM file of the authority to trust; with --tls")
    parser.add_argument("--token", help="an access token; else one is asked for")
    parser.add_argument("--issuer", help="the OIDC issuer to ask for a token")
    parser.add_argument("--client-id", help="the client to ask as")
    parser.add_argument("--client-secret", default=os.environ.get(SECRET_VARIABLE),
                        help=f"its secret; better in the environment as {SECRET_VARIABLE}")
    parser.add_argument("--model", default="digits", help="the model")
    parser.add_argument("--version", default="", help="its version; its default version if left out")
    parser.add_argument("--row", type=int, default=0, help="which image of the test set, from 0")
    parser.add_argument("--stream", type=int, default=0, metavar="COUNT",
                        help="classify that many images, from --row on, over one stream")
    parser.add_argument("--proto", type=pathlib.Path, default=HERE.parent.parent / "proto",
                        help="the folder of the protobuf files")
    return parser.parse_args()


class Messages:
    """The message types of the protocol, made from the project's protobuf files."""

    def __init__(self, folder):
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / "details.proto").write_text(DETAILS_PROTO)
            found = scratch / "found.bin"
            compile_protos([f"-I{folder}", f"-I{scratch}", f"--descriptor_set_out={found}",
                            "inference/open_inference.proto", "details.proto"])
            files = descriptor_pb2.FileDescriptorSet.FromString(found.read_bytes())
        self._pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self._pool.AddSerializedFile(file.SerializeToString())

    def type(self, name):
        descriptor = self._pool.FindMessageTypeByName(name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self._pool).GetPrototype(descriptor)


def compile_protos(options):
    try:
        status = importlib.import_module("grpc_tools.protoc").main(["protoc", *options])
    except ImportError:
        compiler = shutil.which("protoc")
        if compiler is None:
            raise NotAsked("no protobuf compiler: install grpcio-tools or protoc") from None
        status = subprocess.run([compiler, *options], check=False).returncode
    if status != 0:
        raise NotAsked("the protobuf files could not be compiled")


def image(row):
    with open(HERE / "digits_test.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if not 0 <= row < len(rows):
        raise NotAsked(f"--row is 0 to {len(rows) - 1}")
    values = dict(rows[row])
    label = values.pop("label")
    return [float(value) for value in values.values()][:PIXELS], label


def client_token(options):
    """A token for the client itself (client credentials), or None to call without one."""
    if options.issuer is None:
        return None
    if not options.client_id or not options.client_secret:
        raise NotAsked("--issuer needs --client-id and a client secret")
    try:
        with urllib.request.urlopen(
                options.issuer.rstrip("/") + "/.well-known/openid-configuration",
                timeout=DEADLINE_SECONDS) as answer:
            endpoint = json.load(answer)["token_endpoint"]
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials",
            "client_id": options.client_id,
            "client_secret": options.client_secret,
        }).encode()
        with urllib.request.urlopen(endpoint, form, timeout=DEADLINE_SECONDS) as answer:
            return json.load(answer)["access_token"]
    except (urllib.error.URLError, KeyError, ValueError) as error:
        raise NotAsked(f"no token from {options.issuer}: {error}") from None


def request(options, messages, pixels, number):
    message = messages.type("inference.ModelInferRequest")(
        model_name=options.model, model_version=options.version, id=str(number))
    tensor = message.inputs.add(name="pixels", datatype="FP32")
    tensor.shape.extend([1, PIXELS])
    message.raw_input_contents.append(struct.pack(f"<{PIXELS}f", *pixels))
    return message


def credentials(token):
    return [("authorization", f"Bearer {token}")] if token else []


def infer(options, messages, images, token):
    """The answer to the one image."""
    with channel(options) as connection:
        call = connection.unary_unary(
            "/inference.GRPCInferenceService/ModelInfer",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=messages.type("inference.ModelInferResponse").FromString)
        return [call(request(options, messages, images[0][0], 0),
                     metadata=credentials(token), timeout=DEADLINE_SECONDS)]


def stream(options, messages, images, token):
    """The answers in the order of the images, each a response or what its refusal says."""
    requests = (request(options, messages, pixels, number)
                for number, (pixels, _) in enumerate(images))
    found = {}
    with channel(options) as connection:
        call = connection.stream_stream(
            "/inference.GRPCInferenceService/ModelStreamInfer",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=messages.type("inference.ModelStreamInferResponse").FromString)
        for answer in call(requests, metadata=credentials(token), timeout=DEADLINE_SECONDS):
            found[int(answer.infer_response.id)] = answer.error_message or answer.infer_response
    return [found[number] for number in range(len(images))]


def channel(options):
    if not options.tls:
        return grpc.insecure_channel(options.target)
    roots = options.ca.read_bytes() if options.ca else None
    return grpc.secure_channel(options.target, grpc.ssl_channel_credentials(roots))


def refusal(messages, error):
    """The status of a refused call, with the reason that the gateway gave."""
    said = f"{error.code().name}: {error.details()}"
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in messages.type("details.Status").FromString(value).details:
            if detail.type_url.endswith("/" + ERROR_INFO):
                info = messages.type("details.ErrorInfo").FromString(detail.value)
                more = "".join(f", {name} {text}" for name, text in sorted(info.metadata.items()))
                return f"{said} (reason {info.reason}{more})"
    return said


if __name__ == "__main__":
    sys.exit(main())
