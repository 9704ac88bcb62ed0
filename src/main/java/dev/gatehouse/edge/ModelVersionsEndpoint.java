package dev.gatehouse.edge;

import com.google.protobuf.Empty;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Rollout;
import dev.gatehouse.serving.DeploymentWish;
import dev.gatehouse.serving.VersionAdministration;
import dev.gatehouse.stubs.admin.v1.DeleteModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.GetModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.ListModelVersionsRequest;
import dev.gatehouse.stubs.admin.v1.ListModelVersionsResponse;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.SetDefaultModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.SetModelVersionCanaryRequest;
import dev.gatehouse.stubs.admin.v1.UndeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UploadModelVersionRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** Versions of models over gRPC. */
final class ModelVersionsEndpoint implements ModelVersionsServiceGrpc.AsyncService {

  private final VersionAdministration versions;
  private final Authenticator authenticator;

  ModelVersionsEndpoint(VersionAdministration versions, Authenticator authenticator) {
    this.versions = versions;
    this.authenticator = authenticator;
  }

  @Override
  public StreamObserver<UploadModelVersionRequest> uploadModelVersion(
      StreamObserver<ModelVersion> observer) {
    CallContext call = CallContext.current();
    UploadStream stream =
        new UploadStream(
            versions, call, authenticator.watch(call.requireCaller())::check, observer);
    ((ServerCallStreamObserver<ModelVersion>) observer).setOnCancelHandler(stream::abandon);
    return stream;
  }

  @Override
  public void getModelVersion(
      GetModelVersionRequest request, StreamObserver<ModelVersion> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          return message(versions.get(caller, name.model(), name.version()));
        });
  }

  @Override
  public void listModelVersions(
      ListModelVersionsRequest request, StreamObserver<ListModelVersionsResponse> observer) {
    Unary.answer(
        observer,
        request.getParent(),
        caller -> {
          Page<dev.gatehouse.registry.ModelVersion> page =
              versions.list(
                  caller,
                  ResourceNames.model("parent", request.getParent()),
                  request.getPageSize(),
                  request.getPageToken());
          ListModelVersionsResponse.Builder response =
              ListModelVersionsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(version -> response.addModelVersions(message(version)));
          return response.build();
        });
  }

  @Override
  public void deployModelVersion(
      DeployModelVersionRequest request, StreamObserver<ModelVersion> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          DeploymentWish wish = DeploymentMessages.wish(request.getDeployment());
          Rollout rollout = DeploymentMessages.rollout(request.getRollout());
          return message(versions.deploy(caller, name.model(), name.version(), wish, rollout));
        });
  }

  @Override
  public void undeployModelVersion(
      UndeployModelVersionRequest request, StreamObserver<ModelVersion> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          return message(versions.undeploy(caller, name.model(), name.version()));
        });
  }

  @Override
  public void setDefaultModelVersion(
      SetDefaultModelVersionRequest request, StreamObserver<Model> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          return ModelRegistryEndpoint.message(
              versions.setDefault(caller, name.model(), name.version(), request.getEtag()));
        });
  }

  @Override
  public void setModelVersionCanary(
      SetModelVersionCanaryRequest request, StreamObserver<ModelVersion> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          Canary canary = DeploymentMessages.canary("canary", request.getCanary());
          return message(versions.setCanary(caller, name.model(), name.version(), canary));
        });
  }

  @Override
  public void deleteModelVersion(
      DeleteModelVersionRequest request, StreamObserver<Empty> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Version name = ResourceNames.version("name", request.getName());
          versions.delete(caller, name.model(), name.version());
          return Empty.getDefaultInstance();
        });
  }

  static ModelVersion message(dev.gatehouse.registry.ModelVersion version) {
    ModelVersion.Builder message =
        ModelVersion.newBuilder()
            .setName(ResourceNames.of(version.model(), version.id()))
            .setSha256(com.google.protobuf.ByteString.copyFrom(version.digest().bytes()))
            .setSizeBytes(version.sizeBytes())
            .setSignature(SignatureMessages.message(version.signature()))
            .setUploader(ResourceNames.of(version.uploader()))
            .setCreateTime(Protobuf.timestamp(version.createTime()))
            .setState(
                switch (version.state()) {
                  case UNDEPLOYED -> ModelVersion.State.STATE_UNDEPLOYED;
                  case DEPLOYING -> ModelVersion.State.STATE_DEPLOYING;
                  case READY -> ModelVersion.State.STATE_READY;
                  case FAILED -> ModelVersion.State.STATE_FAILED;
                })
            .setFailure(version.failure());
    DeploymentSettings deployment = version.deployment();
    if (deployment != null) {
      message.setDeployment(DeploymentMessages.message(deployment));
    }
    return message.build();
  }
}
