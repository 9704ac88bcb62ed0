package dev.gatehouse.edge;

import com.google.protobuf.Empty;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.ModelAdministration;
import dev.gatehouse.stubs.admin.v1.AuditMode;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.DeleteModelRequest;
import dev.gatehouse.stubs.admin.v1.GetModelRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsResponse;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.UpdateModelRequest;
import io.grpc.stub.StreamObserver;
import java.util.Set;

/** Models over gRPC. */
final class ModelRegistryEndpoint implements ModelRegistryServiceGrpc.AsyncService {

  private static final Set<String> CHANGEABLE =
      Set.of("display_name", "description", "audit_mode", "input_digests");

  private final ModelAdministration models;

  ModelRegistryEndpoint(ModelAdministration models) {
    this.models = models;
  }

  @Override
  public void createModel(CreateModelRequest request, StreamObserver<Model> observer) {
    Unary.change(
        observer,
        "models/" + request.getModelId(),
        caller ->
            message(
                models.create(
                    caller,
                    ResourceNames.modelId("model_id", request.getModelId()),
                    request.getModel().getDisplayName(),
                    request.getModel().getDescription(),
                    new ModelAudit(
                        required("model.audit_mode", request.getModel()),
                        request.getModel().getInputDigests()),
                    request.getRequestId())));
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<Model> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> message(models.get(caller, ResourceNames.model("name", request.getName()))));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
    Unary.answer(
        observer,
        "models",
        caller -> {
          Page<dev.gatehouse.registry.Model> page =
              models.list(caller, request.getPageSize(), request.getPageToken());
          ListModelsResponse.Builder response =
              ListModelsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(model -> response.addModels(message(model)));
          return response.build();
        });
  }

  @Override
  public void updateModel(UpdateModelRequest request, StreamObserver<Model> observer) {
    Unary.change(
        observer,
        request.getModel().getName(),
        caller -> {
          Model wanted = request.getModel();
          Protobuf.requireMask(request.getUpdateMask(), CHANGEABLE);
          Set<String> paths = Set.copyOf(request.getUpdateMask().getPathsList());
          return message(
              models.update(
                  caller,
                  ResourceNames.model("model.name", wanted.getName()),
                  wanted.getEtag(),
                  new ModelAdministration.Change(
                      paths.contains("display_name") ? wanted.getDisplayName() : null,
                      paths.contains("description") ? wanted.getDescription() : null,
                      paths.contains("audit_mode") ? required("model.audit_mode", wanted) : null,
                      paths.contains("input_digests") ? wanted.getInputDigests() : null)));
        });
  }

  @Override
  public void deleteModel(DeleteModelRequest request, StreamObserver<Empty> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          models.delete(caller, ResourceNames.model("name", request.getName()), request.getEtag());
          return Empty.getDefaultInstance();
        });
  }

  /** Whether a model is one whose uses must be recorded, which those are that do not say. */
  private static boolean required(String field, Model model) {
    return switch (model.getAuditMode()) {
      case AUDIT_MODE_UNSPECIFIED, AUDIT_MODE_REQUIRED -> true;
      case AUDIT_MODE_BEST_EFFORT -> false;
      case UNRECOGNIZED -> throw ResourceNames.invalid(field, "is a known value");
    };
  }

  static Model message(dev.gatehouse.registry.Model model) {
    Model.Builder message =
        Model.newBuilder()
            .setName(ResourceNames.of(model.name()))
            .setDisplayName(model.displayName())
            .setDescription(model.description())
            .setOwnerTeam(model.ownerTeam().value())
            .setAuditMode(
                model.audit().required()
                    ? AuditMode.AUDIT_MODE_REQUIRED
                    : AuditMode.AUDIT_MODE_BEST_EFFORT)
            .setInputDigests(model.audit().inputDigests())
            .setEtag(model.etag())
            .setCreateTime(Protobuf.timestamp(model.createTime()))
            .setUpdateTime(Protobuf.timestamp(model.updateTime()));
    if (model.defaultVersion() != null) {
      message.setDefaultVersion(ResourceNames.of(model.name(), model.defaultVersion()));
    }
    return message.build();
  }
}
