package dev.gatehouse.edge;

import com.google.protobuf.Empty;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.access.NewGrant;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
        caller -> {
          Grant wanted = request.getGrant();
          if (!wanted.hasExpireTime()) {
            throw ResourceNames.invalid("grant.expire_time", "is required");
          }
          return message(
              grants.create(
                  caller,
                  new NewGrant(
                      grantId(request.getGrantId()),
                      ResourceNames.model("parent", request.getParent()),
                      grantee(wanted),
                      actions(wanted.getActionsList()),
                      wanted.getWeight() == 0
                          ? dev.gatehouse.access.Grant.WEIGHT_DEFAULT
                          : wanted.getWeight(),
                      priority(wanted.getPriority()),
                      Protobuf.instant("grant.expire_time", wanted.getExpireTime())),
                  request.getRequestId()));
        });
  }

  @Override
  public void getGrant(GetGrantRequest request, StreamObserver<Grant> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.Grant name = ResourceNames.grant("name", request.getName());
          return message(grants.get(caller, name.model(), new GrantId(name.grant())));
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
          page.items().forEach(grant -> response.addGrants(message(grant)));
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

  private static Optional<GrantId> grantId(String id) {
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(ResourceNames.id("grant_id", id, GrantId::valid, GrantId::new));
  }

  private static Grantee grantee(Grant wanted) {
    return switch (wanted.getGranteeCase()) {
      case CALLER -> new Grantee.ToCaller(ResourceNames.caller("grant.caller", wanted.getCaller()));
      case TEAM -> new Grantee.ToTeam(ResourceNames.team("grant.team", wanted.getTeam()));
      case GRANTEE_NOT_SET -> throw ResourceNames.invalid("grant.grantee", "a caller or a team");
    };
  }

  private static Set<Action> actions(List<Grant.Action> messages) {
    EnumSet<Action> actions = EnumSet.noneOf(Action.class);
    for (Grant.Action message : messages) {
      actions.add(
          switch (message) {
            case ACTION_INFER -> Action.INFER;
            case ACTION_READ_METADATA -> Action.READ_METADATA;
            case ACTION_UNSPECIFIED, UNRECOGNIZED ->
                throw ResourceNames.invalid("grant.actions", "known actions only");
          });
    }
    if (actions.isEmpty()) {
      throw ResourceNames.invalid("grant.actions", "at least one");
    }
    return actions;
  }

  private static GrantPriority priority(Grant.Priority message) {
    return switch (message) {
      case PRIORITY_UNSPECIFIED, PRIORITY_INTERACTIVE -> GrantPriority.INTERACTIVE;
      case PRIORITY_BULK -> GrantPriority.BULK;
      case UNRECOGNIZED -> throw ResourceNames.invalid("grant.priority", "known values only");
    };
  }

  private static Grant message(dev.gatehouse.access.Grant grant) {
    Grant.Builder message =
        Grant.newBuilder()
            .setName(ResourceNames.ofGrant(grant.model(), grant.id().value()))
            .setWeight(grant.weight())
            .setPriority(
                switch (grant.priority()) {
                  case INTERACTIVE -> Grant.Priority.PRIORITY_INTERACTIVE;
                  case BULK -> Grant.Priority.PRIORITY_BULK;
                })
            .setExpireTime(Protobuf.timestamp(grant.expireTime()))
            .setCreator(ResourceNames.of(grant.creator()))
            .setCreateTime(Protobuf.timestamp(grant.createTime()));
    switch (grant.grantee()) {
      case Grantee.ToCaller to -> message.setCaller(ResourceNames.of(to.caller()));
      case Grantee.ToTeam to -> message.setTeam(to.team().value());
    }
    for (Action action : EnumSet.copyOf(grant.actions())) {
      message.addActions(
          switch (action) {
            case INFER -> Grant.Action.ACTION_INFER;
            case READ_METADATA -> Grant.Action.ACTION_READ_METADATA;
          });
    }
    return message.build();
  }
}
