package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import org.junit.jupiter.api.Test;

/** Which calls are administration. */
final class AdministrationRecorderTest {

  @Test
  void administrative_methods_areThoseOfAdministrationAndLoading() {
    ServiceDescriptor inference = GRPCInferenceServiceGrpc.getServiceDescriptor();
    long loading = inference.getMethods().stream().filter(MethodRights::administrative).count();
    assertEquals(2, loading);
    assertTrue(
        MethodRights.administrative(GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod()));
    assertFalse(MethodRights.administrative(GRPCInferenceServiceGrpc.getModelInferMethod()));
    for (MethodDescriptor<?, ?> method : GrantsServiceGrpc.getServiceDescriptor().getMethods()) {
      assertTrue(MethodRights.administrative(method), method::getFullMethodName);
    }
  }
}
