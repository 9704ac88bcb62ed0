package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.AuditServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.testing.RightsMatrix;
import grpc.health.v1.HealthGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MethodRightsTest {

  private static Stream<MethodDescriptor<?, ?>> methods() {
    return Stream.of(
            GRPCInferenceServiceGrpc.getServiceDescriptor(),
            ModelRegistryServiceGrpc.getServiceDescriptor(),
            ModelVersionsServiceGrpc.getServiceDescriptor(),
            CallersServiceGrpc.getServiceDescriptor(),
            ApiKeysServiceGrpc.getServiceDescriptor(),
            GrantsServiceGrpc.getServiceDescriptor(),
            AccessReviewsServiceGrpc.getServiceDescriptor(),
            AbuseServiceGrpc.getServiceDescriptor(),
            AuditServiceGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream());
  }

  @Test
  void of_everyMethodAndRole_isAsTheMatrixSays() {
    Map<String, RightsMatrix.Row> written = new TreeMap<>();
    RightsMatrix.rows().forEach(row -> assertNull(written.put(row.method(), row), row.method()));
    Map<String, RightsMatrix.Row> coded = new TreeMap<>();
    methods().forEach(method -> coded.put(method.getFullMethodName(), row(method)));
    assertEquals(written, coded);
  }

  private static RightsMatrix.Row row(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return switch (MethodRights.of(method)) {
      case null -> new RightsMatrix.Row(name, false, Set.of(), false);
      case MethodRights.Demand.Open open ->
          new RightsMatrix.Row(name, true, Set.of(Role.values()), false);
      case MethodRights.Demand.Holding(Right right, boolean stepUp) ->
          new RightsMatrix.Row(
              name,
              false,
              Arrays.stream(Role.values())
                  .filter(role -> role.rights().contains(right))
                  .collect(Collectors.toSet()),
              stepUp);
    };
  }

  @Test
  void of_unknownMethod_isNull() {
    MethodDescriptor<?, ?> infer = GRPCInferenceServiceGrpc.getModelInferMethod();
    for (String name :
        new String[] {
          "inference.GRPCInferenceService/Modelinfer", "inference.GRPCInferenceService/", "x/y"
        }) {
      assertNull(MethodRights.of(infer.toBuilder().setFullMethodName(name).build()));
    }
  }
}
