package dev.gatehouse.edge;

import com.google.protobuf.Empty;
import dev.gatehouse.access.CallerUpdate;
import dev.gatehouse.access.NewCaller;
import dev.gatehouse.access.RegisteredCaller;
import dev.gatehouse.access.Standing;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Role;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.CallerAdministration;
import dev.gatehouse.stubs.admin.v1.ActivateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.DeleteCallerRequest;
import dev.gatehouse.stubs.admin.v1.GetCallerRequest;
import dev.gatehouse.stubs.admin.v1.IdentityDrift;
import dev.gatehouse.stubs.admin.v1.ListCallersRequest;
import dev.gatehouse.stubs.admin.v1.ListCallersResponse;
import dev.gatehouse.stubs.admin.v1.ListIdentityDriftsRequest;
import dev.gatehouse.stubs.admin.v1.ListIdentityDriftsResponse;
import dev.gatehouse.stubs.admin.v1.RotateCallerSecretRequest;
import dev.gatehouse.stubs.admin.v1.SuspendCallerRequest;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import io.grpc.stub.StreamObserver;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Callers over gRPC. */
final class CallersEndpoint implements CallersServiceGrpc.AsyncService {

  private static final Set<String> CHANGEABLE =
      Set.of(
          "display_name", "roles", "standing", "certificate_bound_required", "automation_allowed");

  private final CallerAdministration callers;
  private final String issuer;

  CallersEndpoint(CallerAdministration callers, String issuer) {
    this.callers = callers;
    this.issuer = issuer;
  }

  @Override
  public void createCaller(CreateCallerRequest request, StreamObserver<Caller> observer) {
    Unary.change(
        observer,
        "callers/" + request.getCallerId(),
        caller ->
            request.getProvisionClient()
                ? message(
                    callers.createWithClient(caller, newCaller(request), request.getRequestId()))
                : message(callers.create(caller, newCaller(request), request.getRequestId())));
  }

  private NewCaller newCaller(CreateCallerRequest request) {
    Caller wanted = request.getCaller();
    CallerId id = ResourceNames.callerId("caller_id", request.getCallerId());
    return new NewCaller(
        id,
        wanted.getDisplayName(),
        ResourceNames.team("caller.team", wanted.getTeam()),
        kind(wanted.getKind()),
        issuer(wanted),
        wanted.getSubject(),
        request.getProvisionClient() ? id.value() : "",
        roles(wanted.getRolesList()),
        wanted.getCertificateBoundRequired(),
        wanted.getAutomationAllowed());
  }

  @Override
  public void getCaller(GetCallerRequest request, StreamObserver<Caller> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> message(callers.get(ResourceNames.caller("name", request.getName()))));
  }

  @Override
  public void listCallers(
      ListCallersRequest request, StreamObserver<ListCallersResponse> observer) {
    Unary.answer(
        observer,
        "callers",
        caller -> {
          Page<RegisteredCaller> page = callers.list(request.getPageSize(), request.getPageToken());
          ListCallersResponse.Builder response =
              ListCallersResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(registered -> response.addCallers(message(registered)));
          return response.build();
        });
  }

  @Override
  public void updateCaller(UpdateCallerRequest request, StreamObserver<Caller> observer) {
    Unary.change(
        observer,
        request.getCaller().getName(),
        caller -> {
          Caller wanted = request.getCaller();
          Protobuf.requireMask(request.getUpdateMask(), CHANGEABLE);
          CallerUpdate update = CallerUpdate.NOTHING;
          for (String path : request.getUpdateMask().getPathsList()) {
            update =
                switch (path) {
                  case "display_name" -> update.withDisplayName(wanted.getDisplayName());
                  case "roles" -> update.withRoles(roles(wanted.getRolesList()));
                  case "certificate_bound_required" ->
                      update.withCertificateBoundRequired(wanted.getCertificateBoundRequired());
                  case "automation_allowed" ->
                      update.withAutomationAllowed(wanted.getAutomationAllowed());
                  default -> update.withStanding(standing(wanted.getStanding()));
                };
          }
          return message(
              callers.update(
                  caller,
                  ResourceNames.caller("caller.name", wanted.getName()),
                  wanted.getEtag(),
                  update));
        });
  }

  @Override
  public void rotateCallerSecret(
      RotateCallerSecretRequest request, StreamObserver<Caller> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller ->
            message(
                callers.rotateSecret(
                    caller, ResourceNames.caller("name", request.getName()), request.getEtag())));
  }

  @Override
  public void suspendCaller(SuspendCallerRequest request, StreamObserver<Caller> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller ->
            message(
                callers.suspend(
                    caller, ResourceNames.caller("name", request.getName()), request.getEtag())));
  }

  @Override
  public void activateCaller(ActivateCallerRequest request, StreamObserver<Caller> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller ->
            message(
                callers.activate(
                    caller, ResourceNames.caller("name", request.getName()), request.getEtag())));
  }

  @Override
  public void listIdentityDrifts(
      ListIdentityDriftsRequest request, StreamObserver<ListIdentityDriftsResponse> observer) {
    Unary.answer(
        observer,
        "callers",
        caller -> {
          CallerAdministration.Drifts drifts =
              callers.drifts(request.getPageSize(), request.getPageToken());
          ListIdentityDriftsResponse.Builder response =
              ListIdentityDriftsResponse.newBuilder()
                  .setNextPageToken(drifts.page().nextPageToken());
          if (drifts.compareTime() != null) {
            response.setCompareTime(Protobuf.timestamp(drifts.compareTime()));
          }
          drifts.page().items().forEach(drift -> response.addDrifts(message(drift)));
          return response.build();
        });
  }

  @Override
  public void deleteCaller(DeleteCallerRequest request, StreamObserver<Empty> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          callers.delete(
              caller, ResourceNames.caller("name", request.getName()), request.getEtag());
          return Empty.getDefaultInstance();
        });
  }

  private String issuer(Caller wanted) {
    return wanted.getIssuer().isEmpty() && !wanted.getSubject().isEmpty()
        ? issuer
        : wanted.getIssuer();
  }

  private static CallerKind kind(Caller.Kind kind) {
    return switch (kind) {
      case KIND_SERVICE -> CallerKind.SERVICE;
      case KIND_PERSON -> CallerKind.PERSON;
      case KIND_PARTNER -> CallerKind.PARTNER;
      case KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw ResourceNames.invalid("caller.kind", "a service, a person or a partner");
    };
  }

  private static Standing standing(Caller.Standing standing) {
    return switch (standing) {
      case STANDING_ACTIVE -> Standing.ACTIVE;
      case STANDING_SUSPENDED -> Standing.SUSPENDED;
      case STANDING_UNSPECIFIED, UNRECOGNIZED ->
          throw ResourceNames.invalid("caller.standing", "active or suspended");
    };
  }

  private static Set<Role> roles(List<Caller.Role> messages) {
    EnumSet<Role> roles = EnumSet.noneOf(Role.class);
    for (Caller.Role message : messages) {
      roles.add(
          switch (message) {
            case ROLE_CALLER -> Role.CALLER;
            case ROLE_PUBLISHER -> Role.PUBLISHER;
            case ROLE_ADMINISTRATOR -> Role.ADMINISTRATOR;
            case ROLE_AUDITOR -> Role.AUDITOR;
            case ROLE_RESPONDER -> Role.RESPONDER;
            case ROLE_UNSPECIFIED, UNRECOGNIZED ->
                throw ResourceNames.invalid("caller.roles", "known roles only");
          });
    }
    if (roles.isEmpty()) {
      throw ResourceNames.invalid("caller.roles", "at least one");
    }
    return roles;
  }

  private static IdentityDrift message(dev.gatehouse.access.IdentityDrift drift) {
    return IdentityDrift.newBuilder()
        .setKind(
            switch (drift.kind()) {
              case CLIENT_MISSING -> IdentityDrift.Kind.KIND_CLIENT_MISSING;
              case CLIENT_UNREGISTERED -> IdentityDrift.Kind.KIND_CLIENT_UNREGISTERED;
              case CLIENT_DISABLED -> IdentityDrift.Kind.KIND_CLIENT_DISABLED;
              case CLIENT_ENABLED -> IdentityDrift.Kind.KIND_CLIENT_ENABLED;
              case SUBJECT_DIFFERS -> IdentityDrift.Kind.KIND_SUBJECT_DIFFERS;
              case AUDIENCE_MISSING -> IdentityDrift.Kind.KIND_AUDIENCE_MISSING;
              case ROLES_DIFFER -> IdentityDrift.Kind.KIND_ROLES_DIFFER;
            })
        .setCaller(drift.caller().isEmpty() ? "" : "callers/" + drift.caller())
        .setClientId(drift.clientId())
        .build();
  }

  private static Caller message(CallerAdministration.WithSecret made) {
    Caller caller = message(made.caller());
    return made.secret() == null
        ? caller
        : caller.toBuilder().setClientSecret(made.secret().reveal()).build();
  }

  private static Caller message(RegisteredCaller caller) {
    Caller.Builder message =
        Caller.newBuilder()
            .setName(ResourceNames.of(caller.id()))
            .setDisplayName(caller.displayName())
            .setTeam(caller.team().value())
            .setKind(
                switch (caller.kind()) {
                  case SERVICE -> Caller.Kind.KIND_SERVICE;
                  case PERSON -> Caller.Kind.KIND_PERSON;
                  case PARTNER -> Caller.Kind.KIND_PARTNER;
                })
            .setIssuer(caller.issuer())
            .setSubject(caller.subject())
            .setClientId(caller.clientId())
            .setCertificateBoundRequired(caller.certificateBoundRequired())
            .setAutomationAllowed(caller.automationAllowed())
            .setStanding(
                switch (caller.standing()) {
                  case ACTIVE -> Caller.Standing.STANDING_ACTIVE;
                  case SUSPENDED -> Caller.Standing.STANDING_SUSPENDED;
                })
            .setEtag(caller.etag())
            .setCreateTime(Protobuf.timestamp(caller.createTime()))
            .setUpdateTime(Protobuf.timestamp(caller.updateTime()));
    for (Role role : EnumSet.copyOf(caller.roles())) {
      message.addRoles(
          switch (role) {
            case CALLER -> Caller.Role.ROLE_CALLER;
            case PUBLISHER -> Caller.Role.ROLE_PUBLISHER;
            case ADMINISTRATOR -> Caller.Role.ROLE_ADMINISTRATOR;
            case AUDITOR -> Caller.Role.ROLE_AUDITOR;
            case RESPONDER -> Caller.Role.ROLE_RESPONDER;
          });
    }
    return message.build();
  }
}
