package dev.gatehouse.edge;

import dev.gatehouse.core.Right;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import grpc.health.v1.HealthGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which right each method of the server needs. A method that is not listed here is denied. */
final class MethodRights {

  /** What a method asks of its caller. */
  sealed interface Demand {
    /** Nothing: not even a credential. */
    record Open() implements Demand {}

    /**
     * A registered caller that holds a right.
     *
     * @param right the right
     * @param stepUp whether people must have logged in strongly and recently, and others must be
     *     allowed to do it without people
     */
    record Holding(Right right, boolean stepUp) implements Demand {}
  }

  private static final Map<String, Demand> DEMANDS = demands();

  /** What the names of administrative services begin with. */
  private static final String ADMINISTRATION = "gatehouse.admin.v1.";

  /** What of the data plane loads and unloads models. */
  private static final Set<String> LOADING =
      Set.of(
          GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod().getFullMethodName(),
          GRPCInferenceServiceGrpc.getRepositoryModelUnloadMethod().getFullMethodName());

  private MethodRights() {}

  /** What {@code method} asks, or null when it is not listed. */
  static @Nullable Demand of(MethodDescriptor<?, ?> method) {
    return DEMANDS.get(method.getFullMethodName());
  }

  /** Whether the method of that name asks for no credential. */
  static boolean open(String fullMethodName) {
    return DEMANDS.get(fullMethodName) instanceof Demand.Open;
  }

  /**
   * Whether a method administers: refusals of those are events of the control log, to whomever they
   * were made.
   */
  static boolean administrative(MethodDescriptor<?, ?> method) {
    String service = method.getServiceName();
    return service != null
        && (service.startsWith(ADMINISTRATION) || LOADING.contains(method.getFullMethodName()));
  }

  private static Map<String, Demand> demands() {
    Map<String, Demand> demands = new HashMap<>();
    ServiceDescriptor inference = GRPCInferenceServiceGrpc.getServiceDescriptor();
    open(demands, inference, "ServerLive", "ServerReady");
    open(demands, HealthGrpc.getServiceDescriptor(), "Check", "Watch");
    need(demands, Right.INFER, inference, "ServerMetadata", "ModelReady", "ModelMetadata");
    need(demands, Right.INFER, inference, "ModelInfer", "ModelStreamInfer", "ModelConfig");
    need(demands, Right.INFER, inference, "ModelStatistics", "RepositoryIndex");
    need(demands, Right.PUBLISH_MODELS, inference, "RepositoryModelLoad", "RepositoryModelUnload");
    ServiceDescriptor models = ModelRegistryServiceGrpc.getServiceDescriptor();
    need(demands, Right.READ_MODELS, models, "GetModel", "ListModels");
    need(demands, Right.PUBLISH_MODELS, models, "CreateModel", "UpdateModel", "DeleteModel");
    ServiceDescriptor versions = ModelVersionsServiceGrpc.getServiceDescriptor();
    need(demands, Right.READ_MODELS, versions, "GetModelVersion", "ListModelVersions");
    need(
        demands,
        Right.PUBLISH_MODELS,
        versions,
        "UploadModelVersion",
        "DeployModelVersion",
        "UndeployModelVersion",
        "SetDefaultModelVersion",
        "SetModelVersionCanary",
        "DeleteModelVersion");
    ServiceDescriptor grants = GrantsServiceGrpc.getServiceDescriptor();
    need(demands, Right.READ_GRANTS, grants, "GetGrant", "ListGrants");
    needSteppedUp(demands, Right.GRANT, grants, "CreateGrant", "DeleteGrant");
    ServiceDescriptor callers = CallersServiceGrpc.getServiceDescriptor();
    need(demands, Right.READ_CALLERS, callers, "GetCaller", "ListCallers", "ListIdentityDrifts");
    need(demands, Right.SUSPEND_CALLERS, callers, "SuspendCaller");
    needSteppedUp(
        demands,
        Right.MANAGE_CALLERS,
        callers,
        "CreateCaller",
        "UpdateCaller",
        "DeleteCaller",
        "RotateCallerSecret",
        "ActivateCaller");
    ServiceDescriptor keys = ApiKeysServiceGrpc.getServiceDescriptor();
    need(demands, Right.READ_CALLERS, keys, "GetApiKey", "ListApiKeys");
    need(demands, Right.SUSPEND_CALLERS, keys, "RevokeApiKey");
    needSteppedUp(demands, Right.MANAGE_CALLERS, keys, "CreateApiKey", "RotateApiKey");
    ServiceDescriptor abuse = AbuseServiceGrpc.getServiceDescriptor();
    need(
        demands,
        Right.READ_CALLERS,
        abuse,
        "GetFinding",
        "ListFindings",
        "GetRestriction",
        "ListRestrictions",
        "SimulateRules");
    need(demands, Right.SUSPEND_CALLERS, abuse, "RestrictCaller");
    needSteppedUp(demands, Right.SUSPEND_CALLERS, abuse, "ReleaseCaller");
    ServiceDescriptor reviews = AccessReviewsServiceGrpc.getServiceDescriptor();
    need(
        demands,
        Right.REVIEW_ACCESS,
        reviews,
        "GetAccessReview",
        "ListAccessReviews",
        "ListAccessReviewLines",
        "ExportAccessReview");
    needSteppedUp(
        demands,
        Right.REVIEW_ACCESS,
        reviews,
        "CreateAccessReview",
        "DecideAccessReviewLine",
        "CloseAccessReview");
    ServiceDescriptor audit = AuditServiceGrpc.getServiceDescriptor();
    need(
        demands,
        Right.READ_AUDIT,
        audit,
        "ListAuditEntries",
        "GetAuditEntry",
        "GetAuditCheckpoint",
        "ProveAuditEntry",
        "ProveAuditConsistency",
        "ExportAuditEntries");
    return Map.copyOf(demands);
  }

  private static void open(
      Map<String, Demand> demands, ServiceDescriptor service, String... names) {
    for (String name : names) {
      put(demands, service, name, new Demand.Open());
    }
  }

  private static void need(
      Map<String, Demand> demands, Right right, ServiceDescriptor service, String... names) {
    for (String name : names) {
      put(demands, service, name, new Demand.Holding(right, false));
    }
  }

  private static void needSteppedUp(
      Map<String, Demand> demands, Right right, ServiceDescriptor service, String... names) {
    for (String name : names) {
      put(demands, service, name, new Demand.Holding(right, true));
    }
  }

  /** A name that the service does not have would protect nothing, so it stops the start. */
  private static void put(
      Map<String, Demand> demands, ServiceDescriptor service, String name, Demand demand) {
    String full = MethodDescriptor.generateFullMethodName(service.getName(), name);
    boolean exists =
        service.getMethods().stream().anyMatch(m -> m.getFullMethodName().equals(full));
    if (!exists || demands.put(full, demand) != null) {
      throw new IllegalStateException("method listed twice or unknown: " + full);
    }
  }
}
