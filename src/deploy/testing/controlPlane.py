"""A stand-in for Modal's servers, for tests: the real package talks to it, on this machine, with no network.

    controlPlane.py             serves until its standard input ends
    controlPlane.py FILE...     deploys these app files to itself, one after the other

Prints the port it listens on, then one JSON line for every FunctionCreate, SecretGetOrCreate and the like that it
receives, as the package's own protocol buffers have them. `FORMWORK_FAKE` (JSON) makes it misbehave:
{"failBuild": true}, {"refuseToken": true}, {"refuseGpu": true}, {"failDownload": MESSAGE}, {"serverUrl": URL}.
"""

import asyncio
import importlib.util
import json
import os
import pickle
import sys

import grpclib
import grpclib.const
import grpclib.server
from google.protobuf import json_format
from modal_proto import api_grpc, api_pb2

FAULTS = json.loads(os.environ.get("FORMWORK_FAKE", "{}"))
RECORDED = {
    *("ImageGetOrCreate", "VolumeGetOrCreate", "SecretGetOrCreate", "FunctionCreate", "AppPublish", "AppStop"),
    *("FunctionUpdateSchedulingParams", "FunctionMap"),
    *("AppCreate", "DictUpdate"),
}
counters = {}
apps = {}
functions = {}
stored = {}


def new_id(prefix):
    counters[prefix] = counters.get(prefix, 0) + 1
    return f"{prefix}-{counters[prefix]:022d}"


def record(name, message):
    body = json_format.MessageToDict(message, preserving_proto_field_name=True)
    print(json.dumps({"call": name, "request": body}), flush=True)


class Answers:
    """One method a call that needs more than an empty answer; each gets the request and returns the answer."""

    async def ClientHello(self, request):
        return api_pb2.ClientHelloResponse(image_builder_version="2025.06")

    async def EnvironmentGetOrCreate(self, request):
        settings = api_pb2.EnvironmentSettings(image_builder_version="2025.06")
        metadata = api_pb2.EnvironmentMetadata(name=request.deployment_name or "main", settings=settings)
        return api_pb2.EnvironmentGetOrCreateResponse(environment_id=new_id("en"), metadata=metadata)

    async def AppGetOrCreate(self, request):
        apps.setdefault(request.app_name, new_id("ap"))
        return api_pb2.AppGetOrCreateResponse(app_id=apps[request.app_name])

    async def AppCreate(self, request):
        return api_pb2.AppCreateResponse(app_id=new_id("ap"))

    async def AppGetByDeploymentName(self, request):
        if request.name not in apps:
            return api_pb2.AppGetByDeploymentNameResponse(environment_name="main")
        return api_pb2.AppGetByDeploymentNameResponse(app_id=apps[request.name], environment_name="main")

    async def AppList(self, request):
        rows = [
            api_pb2.AppListResponse.AppListItem(
                app_id=app_id, description=name, state=api_pb2.APP_STATE_DEPLOYED, n_running_tasks=1, created_at=1.7e9
            )
            for name, app_id in apps.items()
        ]
        return api_pb2.AppListResponse(apps=rows)

    async def TaskList(self, request):
        rows = [
            api_pb2.TaskStats(task_id="ta-01", app_id=app_id, app_description=name, started_at=1.7e9)
            for name, app_id in apps.items()
            if request.app_id in ("", app_id)
        ]
        return api_pb2.TaskListResponse(tasks=rows)

    async def AppDeploymentHistory(self, request):
        rows = [
            api_pb2.AppDeploymentHistory(app_id=request.app_id, version=version, deployed_at=1.7e9, deployed_by="ada")
            for version in (1, 2)
        ]
        return api_pb2.AppDeploymentHistoryResponse(app_deployment_histories=rows)

    async def AppFetchLogs(self, request):
        line = api_pb2.TaskLogs(data="engine ready\n", timestamp=1.7e9, file_descriptor=api_pb2.FILE_DESCRIPTOR_STDOUT)
        return api_pb2.AppFetchLogsResponse(batches=[api_pb2.TaskLogsBatch(task_id="ta-01", items=[line])])

    async def ImageGetOrCreate(self, request):
        return api_pb2.ImageGetOrCreateResponse(image_id=new_id("im"))

    async def MountPutFile(self, request):
        return api_pb2.MountPutFileResponse(exists=True)

    async def MountGetOrCreate(self, request):
        return api_pb2.MountGetOrCreateResponse(
            mount_id=new_id("mo"), handle_metadata=api_pb2.MountHandleMetadata(content_checksum_sha256_hex="00")
        )

    async def VolumeGetOrCreate(self, request):
        return api_pb2.VolumeGetOrCreateResponse(volume_id=new_id("vo"))

    async def SecretGetOrCreate(self, request):
        return api_pb2.SecretGetOrCreateResponse(secret_id=new_id("st"))

    async def SecretList(self, request):
        metadata = api_pb2.SecretMetadata(name="huggingface")
        item = api_pb2.SecretListItem(label="huggingface", secret_id=new_id("st"), metadata=metadata)
        return api_pb2.SecretListResponse(items=[item])

    async def WebhookTokenCreate(self, request):
        return api_pb2.TokenCreateResponse(token_id="wk-1", token_secret="ws-1")

    async def DictGetOrCreate(self, request):
        return api_pb2.DictGetOrCreateResponse(dict_id=new_id("di"))

    async def DictUpdate(self, request):
        for entry in request.updates:
            stored[entry.key] = entry
        return api_pb2.DictUpdateResponse(created=True)

    async def FunctionPrecreate(self, request):
        return api_pb2.FunctionPrecreateResponse(function_id=f"fu-{request.function_name}")

    async def FunctionCreate(self, request):
        function = request.function if request.HasField("function") else request.function_data
        name = function.function_name
        if FAULTS.get("refuseGpu") and function.is_server:
            raise grpclib.GRPCError(grpclib.const.Status.INVALID_ARGUMENT, "Invalid GPU type: 'L40S'")
        own = request.function if request.HasField("function") else function.ranked_functions[0].function
        answer = api_pb2.FunctionCreateResponse(function_id=f"fu-{name}", function=own)
        answer.handle_metadata.function_name = name
        if "function_data" in answer.DESCRIPTOR.fields_by_name:  # modal >= 1.6 reads what it sent
            if request.HasField("function_data"):
                answer.function_data.CopyFrom(request.function_data)
            else:
                answer.function_data.ranked_functions.add(function=request.function)
        functions[name] = answer
        if function.is_server:
            url = FAULTS.get("serverUrl", f"https://workspace--formwork-{name.lower()}.us-east.modal.direct")
            answer.function.flash_service_urls.append(url)
            answer.handle_metadata._experimental_flash_urls.append(url)
        if name == "health":
            answer.handle_metadata.web_url = FAULTS.get("serverUrl", "https://workspace--formwork-health.modal.run")
        return answer

    async def FunctionGet(self, request):
        if request.app_name not in apps:
            raise grpclib.GRPCError(grpclib.const.Status.NOT_FOUND, f"No such app {request.app_name}; lookup failed")
        created = functions[request.object_tag]
        answer = api_pb2.FunctionGetResponse(function_id=created.function_id, handle_metadata=created.handle_metadata)
        if "function" in answer.DESCRIPTOR.fields_by_name:  # modal >= 1.6
            answer.function.CopyFrom(created.function_data)
        return answer

    async def FunctionUpdateSchedulingParams(self, request):
        return api_pb2.FunctionUpdateSchedulingParamsResponse()

    async def FunctionMap(self, request):
        item = api_pb2.FunctionPutInputsResponseItem(idx=0, input_id=new_id("in"))
        return api_pb2.FunctionMapResponse(function_call_id=new_id("fc"), pipelined_inputs=[item])

    async def FunctionGetOutputs(self, request):
        if "failDownload" in FAULTS:
            failure = api_pb2.GenericResult.GENERIC_STATUS_FAILURE
            result = api_pb2.GenericResult(status=failure, exception=FAULTS["failDownload"])
            item = api_pb2.FunctionGetOutputsItem(result=result)
            return api_pb2.FunctionGetOutputsResponse(outputs=[item], last_entry_id="1-0")
        status = api_pb2.GenericResult.GENERIC_STATUS_SUCCESS
        result = api_pb2.GenericResult(status=status, data=pickle.dumps("/cache/models/snapshot"))
        item = api_pb2.FunctionGetOutputsItem(result=result, data_format=api_pb2.DATA_FORMAT_PICKLE)
        return api_pb2.FunctionGetOutputsResponse(outputs=[item], last_entry_id="1-0")

    async def AppPublish(self, request):
        apps[request.name] = request.app_id
        return api_pb2.AppPublishResponse(
            url="https://modal.com/apps/workspace/main/deployed/formwork", deployed_at=1.7e9
        )


class Streams:
    """Calls that answer with a stream."""

    async def DictContents(self, request, stream):
        said = {"ta-01": {"state": "ready", "seen": 1.7e9}, "last cold start": {"seconds": 41.5, "ended": 1.7e9}}
        for key, value in said.items():
            await stream.send_message(api_pb2.DictEntry(key=pickle.dumps(key), value=pickle.dumps(value)))
        for entry in stored.values():
            await stream.send_message(entry)

    async def ImageJoinStreaming(self, request, stream):
        result = api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
        lines = [f"Building image {request.image_id}\n", "=> Step 0: FROM base\n"]
        if FAULTS.get("failBuild"):
            lines.append("error: No solution found when resolving dependencies\n")
            result = api_pb2.GenericResult(
                status=api_pb2.GenericResult.GENERIC_STATUS_FAILURE,
                exception=f"Image build for {request.image_id} failed",
            )
        else:
            lines.append(f"Built image {request.image_id} in 1.25s\n")
        for line in lines:
            log = api_pb2.TaskLogs(data=line, file_descriptor=api_pb2.FILE_DESCRIPTOR_STDOUT)
            await stream.send_message(api_pb2.ImageJoinStreamingResponse(task_logs=[log]))
        await stream.send_message(api_pb2.ImageJoinStreamingResponse(result=result))


class ControlPlane:
    """Every call of Modal's interface: what is above, and an empty answer for the rest."""

    def __mapping__(self):
        class Nothing(api_grpc.ModalClientBase):
            pass

        Nothing.__abstractmethods__ = frozenset()
        mapping = {}
        for path, handler in Nothing().__mapping__().items():
            mapping[path] = handler._replace(func=self.handle(path.rsplit("/", 1)[-1], handler))
        return mapping

    def handle(self, name, handler):
        one = getattr(Answers(), name, None)
        many = getattr(Streams(), name, None)

        async def answer(stream):
            request = await stream.recv_message()
            if FAULTS.get("refuseToken"):
                raise grpclib.GRPCError(grpclib.const.Status.UNAUTHENTICATED, "Token validation failed")
            if name in RECORDED:
                record(name, request)
            if many is not None:
                await many(request, stream)
            elif one is not None:
                await stream.send_message(await one(request))
            elif not handler.cardinality.server_streaming:
                await stream.send_message(handler.reply_type())

        return answer


def deploy(path):
    """What `modal deploy` does, without a process of its own."""
    import modal
    import modal.runner

    spec = importlib.util.spec_from_file_location("modal_app", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["modal_app"] = module
    spec.loader.exec_module(module)
    modal.runner.deploy_app(module.app, name=module.APP_NAME)


async def main(files):
    server = grpclib.server.Server([ControlPlane()])
    await server.start("127.0.0.1", 0)
    port = server._server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    loop = asyncio.get_running_loop()
    if files:
        os.environ.update(MODAL_SERVER_URL=f"http://127.0.0.1:{port}", MODAL_TOKEN_ID="ak", MODAL_TOKEN_SECRET="as")
        for path in files:
            print(json.dumps({"file": path}), flush=True)
            await loop.run_in_executor(None, deploy, path)
    else:
        # Ends with the test that started it.
        await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1:]))
