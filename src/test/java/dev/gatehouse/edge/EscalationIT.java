package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc.CallersServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.GetGrantRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.GrantsServiceGrpc.GrantsServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.ListGrantsRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Attempts to get more than was given: by filling in fields that are not the caller's to set, and
 * by having the gateway act for one team on what belongs to another.
 */
final class EscalationIT {

  /** Of the team that the publisher does not belong to. */
  private static final String FOREIGN = "models/foreign";

  private static SharedGateway gateway;
  private static CallersServiceBlockingStub callers;
  private static GrantsServiceBlockingStub grants;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    callers = gateway.client().callers(gateway.administrator());
    grants = gateway.client().grants(gateway.tokens(Realm.PAUL));
    Model made =
        gateway
            .client()
            .models(gateway.tokens(SharedGateway.RIVAL))
            .createModel(
                CreateModelRequest.newBuilder()
                    .setModelId("foreign")
                    .setModel(Model.newBuilder().setOwnerTeam("vision"))
                    .build());
    assertEquals("rivals", made.getOwnerTeam(), "a model belongs to the team of its creator");
  }

  private static Timestamp inAnHour() {
    return Timestamp.newBuilder()
        .setSeconds(SystemTime.wall().instant().getEpochSecond() + 3600)
        .build();
  }

  private static Grant.Builder wanted() {
    return Grant.newBuilder()
        .setCaller("callers/" + Realm.STRANGER.clientId())
        .addActions(Grant.Action.ACTION_READ_METADATA)
        .setExpireTime(inAnHour());
  }

  @Test
  void createGrant_fieldsOfTheServer_areNotTakenFromTheRequest() {
    Grant made =
        grants.createGrant(
            CreateGrantRequest.newBuilder()
                .setParent("models/add-sub")
                .setGrantId("forged")
                .setGrant(
                    wanted()
                        .setName("models/foreign/grants/forged")
                        .setCreator("callers/administrator-1")
                        .setCreateTime(Timestamp.newBuilder().setSeconds(1)))
                .build());
    assertEquals("models/add-sub/grants/forged", made.getName());
    assertEquals("callers/paul", made.getCreator());
    assertNotEquals(1, made.getCreateTime().getSeconds());
    var nothing =
        grants.deleteGrant(DeleteGrantRequest.newBuilder().setName(made.getName()).build());
    assertEquals(com.google.protobuf.Empty.getDefaultInstance(), nothing);
  }

  @Test
  void createGrant_onAModelOfAnotherTeam_isDeniedAsIfItWereNotThere() {
    List<String> answers = new ArrayList<>();
    for (String parent : List.of(FOREIGN, "models/not-there")) {
      for (Grant.Action action :
          List.of(Grant.Action.ACTION_INFER, Grant.Action.ACTION_ADMINISTER_GRANTS)) {
        answers.add(
            Refused.with(
                    Status.Code.PERMISSION_DENIED,
                    Reason.ACCESS_DENIED,
                    () ->
                        grants.createGrant(
                            CreateGrantRequest.newBuilder()
                                .setParent(parent)
                                .setGrant(wanted().clearActions().addActions(action))
                                .build()))
                .getStatus()
                .toString());
      }
    }
    assertEquals(1, answers.stream().distinct().count(), answers.toString());
  }

  /** The parent in the name decides, and a grant of one model is not found under another. */
  @Test
  void grantOfAnotherModel_namedUnderAnOwnOne_isNotFound() {
    Grant own =
        gateway
            .client()
            .grants(gateway.administrator())
            .createGrant(
                CreateGrantRequest.newBuilder()
                    .setParent(FOREIGN)
                    .setGrantId("theirs")
                    .setGrant(wanted())
                    .build());
    assertEquals(FOREIGN + "/grants/theirs", own.getName());
    for (String name : List.of("models/add-sub/grants/theirs")) {
      Refused.with(
          Status.Code.NOT_FOUND,
          Reason.NOT_FOUND,
          () -> grants.getGrant(GetGrantRequest.newBuilder().setName(name).build()));
      Refused.with(
          Status.Code.NOT_FOUND,
          Reason.NOT_FOUND,
          () -> grants.deleteGrant(DeleteGrantRequest.newBuilder().setName(name).build()));
    }
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () -> grants.deleteGrant(DeleteGrantRequest.newBuilder().setName(own.getName()).build()));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () -> grants.listGrants(ListGrantsRequest.newBuilder().setParent(FOREIGN).build()));
  }

  @Test
  void updateCaller_maskNamesWhatIsFixed_isRefused() {
    for (String path :
        List.of(
            "team",
            "kind",
            "issuer",
            "subject",
            "name",
            "client_id",
            "client_secret",
            "etag",
            "*",
            "create_time",
            "roles.0",
            "standing,team")) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () ->
              callers.updateCaller(
                  UpdateCallerRequest.newBuilder()
                      .setCaller(
                          Caller.newBuilder()
                              .setName("callers/" + SharedGateway.DEMOTED.clientId())
                              .setTeam("vision")
                              .setSubject(Realm.ADA.subject()))
                      .setUpdateMask(FieldMask.newBuilder().addPaths(path))
                      .build()));
    }
  }

  @Test
  void createCaller_fieldsOfTheServerAndUnknownOnes_giveNothing() {
    Caller made =
        callers.createCaller(
            CreateCallerRequest.newBuilder()
                .setCallerId("plain")
                .setCaller(
                    Caller.newBuilder()
                        .setName("callers/administrator-1")
                        .setTeam("shop")
                        .setKind(Caller.Kind.KIND_SERVICE)
                        .setSubject("plain-subject")
                        .setStanding(Caller.Standing.STANDING_SUSPENDED)
                        .setClientId("gatehouse-cli")
                        .setClientSecret("chosen-by-the-caller")
                        .addRoles(Caller.Role.ROLE_CALLER)
                        .setUnknownFields(
                            UnknownFieldSet.newBuilder()
                                .addField(
                                    7_777, UnknownFieldSet.Field.newBuilder().addVarint(3).build())
                                .build()))
                .build());
    assertEquals("callers/plain", made.getName());
    assertEquals("", made.getClientId());
    assertEquals("", made.getClientSecret());
    assertEquals(List.of(Caller.Role.ROLE_CALLER), made.getRolesList());
    assertFalse(made.getAutomationAllowed());
  }

  /** A page token tells a place in a list; what is listed is the asker's own. */
  @Test
  void listModels_withThePageTokenOfAnotherTeam_listsTheAskersModelsOnly() {
    String token =
        gateway
            .client()
            .models(gateway.tokens(SharedGateway.PIPELINE))
            .listModels(ListModelsRequest.newBuilder().setPageSize(1).build())
            .getNextPageToken();
    assertFalse(token.isEmpty());
    List<Model> listed =
        gateway
            .client()
            .models(gateway.tokens(SharedGateway.RIVAL))
            .listModels(ListModelsRequest.newBuilder().setPageToken(token).build())
            .getModelsList();
    assertTrue(
        listed.stream().allMatch(model -> model.getOwnerTeam().equals("rivals")),
        listed.toString());
  }

  /** A service that publishes may not grant: that is for people who logged in strongly. */
  @Test
  void createGrant_byAServiceWithoutThatRight_isDenied() {
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            gateway
                .client()
                .grants(gateway.tokens(SharedGateway.PIPELINE))
                .createGrant(
                    CreateGrantRequest.newBuilder()
                        .setParent("models/add-sub")
                        .setGrant(wanted())
                        .build()));
  }
}
