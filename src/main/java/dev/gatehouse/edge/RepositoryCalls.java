package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.serving.Repository;
import dev.gatehouse.stubs.inference.ModelRepositoryParameter;
import dev.gatehouse.stubs.inference.RepositoryIndexRequest;
import dev.gatehouse.stubs.inference.RepositoryIndexResponse;
import dev.gatehouse.stubs.inference.RepositoryModelLoadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelLoadResponse;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadResponse;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.Map;

/** The model repository of Triton's extension. Blocks, on the threads of administration. */
final class RepositoryCalls {

  /** Asks to take down also what a model was loaded for; nothing is, here. */
  private static final String UNLOAD_DEPENDENTS = "unload_dependents";

  private final Repository repository;

  RepositoryCalls(Repository repository) {
    this.repository = repository;
  }

  void index(RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
    Unary.answer(
        observer,
        "models",
        caller -> {
          requireOnlyRepository(request.getRepositoryName());
          RepositoryIndexResponse.Builder response = RepositoryIndexResponse.newBuilder();
          repository
              .index(caller, request.getReady())
              .forEach(entry -> response.addModels(Protocol.index(entry)));
          return response.build();
        });
  }

  void load(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> observer) {
    Context call = Context.current();
    Unary.answer(
        observer,
        request.getModelName(),
        caller -> {
          requireOnlyRepository(request.getRepositoryName());
          requireNoParameters(request.getParametersMap(), "");
          if (repository.load(caller, request.getModelName(), call::isCancelled)) {
            CallContext.current().recorded();
          }
          return RepositoryModelLoadResponse.getDefaultInstance();
        });
  }

  void unload(
      RepositoryModelUnloadRequest request,
      StreamObserver<RepositoryModelUnloadResponse> observer) {
    Unary.answer(
        observer,
        request.getModelName(),
        caller -> {
          requireOnlyRepository(request.getRepositoryName());
          requireNoParameters(request.getParametersMap(), UNLOAD_DEPENDENTS);
          if (repository.unload(caller, request.getModelName())) {
            CallContext.current().recorded();
          }
          return RepositoryModelUnloadResponse.getDefaultInstance();
        });
  }

  private static void requireOnlyRepository(String name) {
    if (!name.isEmpty()) {
      throw refused("repository_name", "empty, since there is one repository");
    }
  }

  /** Neither files nor configuration come in this way, which nobody has reviewed. */
  private static void requireNoParameters(
      Map<String, ModelRepositoryParameter> parameters, String but) {
    for (Map.Entry<String, ModelRepositoryParameter> parameter : parameters.entrySet()) {
      if (!parameter.getKey().equals(but) || !parameter.getValue().hasBoolParam()) {
        throw refused("parameters", "none is taken here; use gatehouse.admin.v1");
      }
    }
  }

  private static RefusedException refused(String field, String description) {
    return new RefusedException(Refusal.ArgumentInvalid.of(field, description));
  }
}
