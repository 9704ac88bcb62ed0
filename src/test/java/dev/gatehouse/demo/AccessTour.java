package dev.gatehouse.demo;

import com.google.protobuf.Empty;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc.ApiKeysServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ListGrantsRequest;
import dev.gatehouse.stubs.admin.v1.Quota;
import dev.gatehouse.stubs.admin.v1.RevokeApiKeyRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.Locale;

/**
 * The part of the quickstart about access: a call with an API key, a quota that is spent, and
 * access that is taken away.
 */
final class AccessTour {

  private static final String NIGHTLY = "callers/nightly-report";
  private static final int ROWS_A_DAY = 3;
  private static final long SECONDS_VALID = 3600;

  private final Report report;
  private final GatewayClient client;
  private final OidcLogin login;
  private final Digits.Row digit;

  AccessTour(Report report, GatewayClient client, OidcLogin login, Digits.Row digit) {
    this.report = report;
    this.client = client;
    this.login = login;
    this.digit = digit;
  }

  /** Shows it; both people have logged in with password and one-time code. */
  void show(OidcLogin.Tokens ada, OidcLogin.Tokens paul) {
    ApiKey key = apiKey(ada);
    quota(paul, key);
    revocation(ada, paul, key);
  }

  private ApiKey apiKey(OidcLogin.Tokens ada) {
    Caller caller =
        client
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId("nightly-report")
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam("shop")
                            .setKind(Caller.Kind.KIND_SERVICE)
                            .addRoles(Caller.Role.ROLE_CALLER))
                    .build());
    ApiKey key =
        keys(ada)
            .createApiKey(
                CreateApiKeyRequest.newBuilder()
                    .setParent(caller.getName())
                    .setApiKey(ApiKey.newBuilder().setExpireTime(inAnHour()))
                    .build());
    report.step(
        "ada registered "
            + caller.getName()
            + ", which cannot get tokens, and made an API key for it: "
            + key.getName());
    return key;
  }

  private void quota(OidcLogin.Tokens paul, ApiKey key) {
    Grant grant =
        client
            .grants(paul)
            .createGrant(
                CreateGrantRequest.newBuilder()
                    .setParent("models/" + Quickstart.MODEL)
                    .setGrant(
                        Grant.newBuilder()
                            .setCaller(NIGHTLY)
                            .addActions(Grant.Action.ACTION_INFER)
                            .setExpireTime(inAnHour())
                            .setQuota(Quota.newBuilder().setRowsPerDay(ROWS_A_DAY)))
                    .build());
    report.step("paul granted it " + grant.getQuota().getRowsPerDay() + " rows a day");
    GRPCInferenceServiceBlockingStub stub = withKey(key);
    for (int row = 1; row <= ROWS_A_DAY; row++) {
      expect("row " + row + " with the API key", "answered", outcome(stub));
    }
    report.line("  " + ROWS_A_DAY + " rows with the API key: answered");
    refused("one row more", "QUOTA_EXHAUSTED", stub);
  }

  private void revocation(OidcLogin.Tokens ada, OidcLogin.Tokens paul, ApiKey key) {
    ApiKey revoked =
        keys(ada).revokeApiKey(RevokeApiKeyRequest.newBuilder().setName(key.getName()).build());
    expect("the key", ApiKey.State.STATE_REVOKED, revoked.getState());
    refused(
        "a call with the API key that ada has just revoked", "CREDENTIAL_INVALID", withKey(key));
    String caller = "callers/" + Realm.RETURNS.clientId();
    GRPCInferenceServiceBlockingStub returns = client.inference(login.service(Realm.RETURNS));
    expect("a call of returns-service", "answered", outcome(returns));
    Ticker ticker = SystemTime.ticker();
    long startNanos = ticker.nanos();
    for (Grant grant :
        client
            .grants(paul)
            .listGrants(
                ListGrantsRequest.newBuilder().setParent("models/" + Quickstart.MODEL).build())
            .getGrantsList()) {
      if (grant.getCaller().equals(caller)) {
        var nothing =
            client
                .grants(paul)
                .deleteGrant(DeleteGrantRequest.newBuilder().setName(grant.getName()).build());
        expect("the answer", Empty.getDefaultInstance(), nothing);
      }
    }
    refused(
        "a call of returns-service, whose grant paul has just deleted", "ACCESS_DENIED", returns);
    report.line(
        String.format(
            Locale.ROOT,
            "  from asking for its deletion to that refusal: %.0f ms",
            (ticker.nanos() - startNanos) / 1e6));
  }

  private void refused(String what, String reason, GRPCInferenceServiceBlockingStub stub) {
    String answer = outcome(stub);
    report.line("  " + what + ": " + answer);
    expect(what, reason, answer);
  }

  /** {@code answered}, or the reason of the refusal. */
  private String outcome(GRPCInferenceServiceBlockingStub stub) {
    try {
      int outputs = stub.modelInfer(Classification.request(List.of(digit))).getOutputsCount();
      return outputs == 1 ? "answered" : outputs + " outputs";
    } catch (StatusRuntimeException e) {
      return GatewayClient.errorInfo(e).map(ErrorInfo::getReason).orElse("no reason");
    }
  }

  private void expect(String what, Object expected, Object actual) {
    report.expect(what, expected, actual);
  }

  private ApiKeysServiceBlockingStub keys(OidcLogin.Tokens tokens) {
    return GatewayClient.withToken(ApiKeysServiceGrpc.newBlockingStub(client.channel()), tokens);
  }

  private GRPCInferenceServiceBlockingStub withKey(ApiKey key) {
    Metadata headers = new Metadata();
    headers.put(GatewayClient.AUTHORIZATION, "Bearer " + key.getKey());
    return client.inference().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static Timestamp inAnHour() {
    return Timestamp.newBuilder()
        .setSeconds(SystemTime.wall().instant().getEpochSecond() + SECONDS_VALID)
        .build();
  }
}
