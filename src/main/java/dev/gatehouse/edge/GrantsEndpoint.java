package dev.gatehouse.edge;

import com.google.protobuf.Empty;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.GrantAdministration;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.GetGrantRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ListGrantsRequest;
import dev.gatehouse.stubs.admin.v1.ListGrantsResponse;
import io.grpc.stub.StreamObserver;

/** Grants over gRPC. */
final class GrantsEndpoint implements GrantsServiceGrpc.AsyncService {

  private final GrantAdministration grants;

  GrantsEndpoint(GrantAdministration grants) {
    this.grants = grants;
  }

  @Override
  public void createGrant(CreateGrantRequest request, StreamObserver<Grant> observer) {
    Unary.change(
        observer,
        request.getParent(),
        caller ->
            GrantMessages.message(
                grants.create(caller, WantedGrant.read(request), request.getRequestId())));
  }

  @Override
  public void getGrant(GetGrantRequest request, StreamObserver<Grant> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Grant name = ResourceNames.grant("name", request.getName());
          return GrantMessages.message(grants.get(caller, name.model(), new GrantId(name.grant())));
        });
  }

  @Override
  public void listGrants(ListGrantsRequest request, StreamObserver<ListGrantsResponse> observer) {
    Unary.answer(
        observer,
        request.getParent(),
        caller -> {
          Page<dev.gatehouse.access.Grant> page =
              grants.list(
                  caller,
                  ResourceNames.model("parent", request.getParent()),
                  request.getPageSize(),
                  request.getPageToken());
          ListGrantsResponse.Builder response =
              ListGrantsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(grant -> response.addGrants(GrantMessages.message(grant)));
          return response.build();
        });
  }

  @Override
  public void deleteGrant(DeleteGrantRequest request, StreamObserver<Empty> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Grant name = ResourceNames.grant("name", request.getName());
          grants.delete(caller, name.model(), new GrantId(name.grant()));
          return Empty.getDefaultInstance();
        });
  }
}
