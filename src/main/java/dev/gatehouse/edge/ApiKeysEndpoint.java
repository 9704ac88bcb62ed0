package dev.gatehouse.edge;

import dev.gatehouse.access.ApiKeyId;
import dev.gatehouse.access.IssuedApiKey;
import dev.gatehouse.access.NewApiKey;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.ApiKeyAdministration;
import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.ApiKeysServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CreateApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.GetApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.ListApiKeysRequest;
import dev.gatehouse.stubs.admin.v1.ListApiKeysResponse;
import dev.gatehouse.stubs.admin.v1.RevokeApiKeyRequest;
import dev.gatehouse.stubs.admin.v1.RotateApiKeyRequest;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;

/** API keys over gRPC. */
final class ApiKeysEndpoint implements ApiKeysServiceGrpc.AsyncService {

  private final ApiKeyAdministration keys;

  ApiKeysEndpoint(ApiKeyAdministration keys) {
    this.keys = keys;
  }

  @Override
  public void createApiKey(CreateApiKeyRequest request, StreamObserver<ApiKey> observer) {
    Unary.change(
        observer,
        request.getParent(),
        caller -> {
          ApiKey wanted = request.getApiKey();
          if (!wanted.hasExpireTime()) {
            throw ResourceNames.invalid("api_key.expire_time", "is required");
          }
          return message(
              keys.create(
                  caller,
                  new NewApiKey(
                      apiKeyId(request.getApiKeyId()),
                      ResourceNames.caller("parent", request.getParent()),
                      wanted.getDisplayName(),
                      Protobuf.instant("api_key.expire_time", wanted.getExpireTime())),
                  request.getRequestId()));
        });
  }

  @Override
  public void getApiKey(GetApiKeyRequest request, StreamObserver<ApiKey> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.ApiKey name = ResourceNames.apiKey("name", request.getName());
          return message(keys.get(name.caller(), new ApiKeyId(name.apiKey()))).build();
        });
  }

  @Override
  public void listApiKeys(
      ListApiKeysRequest request, StreamObserver<ListApiKeysResponse> observer) {
    Unary.answer(
        observer,
        request.getParent(),
        caller -> {
          Page<dev.gatehouse.access.ApiKey> page =
              keys.list(
                  ResourceNames.caller("parent", request.getParent()),
                  request.getPageSize(),
                  request.getPageToken());
          ListApiKeysResponse.Builder response =
              ListApiKeysResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(key -> response.addApiKeys(message(key)));
          return response.build();
        });
  }

  @Override
  public void rotateApiKey(RotateApiKeyRequest request, StreamObserver<ApiKey> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.ApiKey name = ResourceNames.apiKey("name", request.getName());
          if (!request.hasExpireTime()) {
            throw ResourceNames.invalid("expire_time", "is required");
          }
          return message(
              keys.rotate(
                  caller,
                  name.caller(),
                  new ApiKeyId(name.apiKey()),
                  apiKeyId(request.getApiKeyId()),
                  Protobuf.instant("expire_time", request.getExpireTime()),
                  request.hasOverlap()
                      ? Protobuf.duration("overlap", request.getOverlap())
                      : Duration.ZERO));
        });
  }

  @Override
  public void revokeApiKey(RevokeApiKeyRequest request, StreamObserver<ApiKey> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.ApiKey name = ResourceNames.apiKey("name", request.getName());
          return message(keys.revoke(caller, name.caller(), new ApiKeyId(name.apiKey()))).build();
        });
  }

  private static Optional<ApiKeyId> apiKeyId(String id) {
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(ResourceNames.id("api_key_id", id, ApiKeyId::valid, ApiKeyId::new));
  }

  /** The one place where a key is shown, to the one who made it. */
  private static ApiKey message(IssuedApiKey issued) {
    ApiKey.Builder message = message(issued.apiKey());
    issued.secret().ifPresent(secret -> message.setKey(secret.reveal()));
    return message.build();
  }

  private static ApiKey.Builder message(dev.gatehouse.access.ApiKey key) {
    ApiKey.Builder message =
        ApiKey.newBuilder()
            .setName(ResourceNames.ofApiKey(key.caller(), key.id().value()))
            .setDisplayName(key.displayName())
            .setState(
                switch (key.state()) {
                  case ACTIVE -> ApiKey.State.STATE_ACTIVE;
                  case EXPIRED -> ApiKey.State.STATE_EXPIRED;
                  case REVOKED -> ApiKey.State.STATE_REVOKED;
                })
            .setCreator(ResourceNames.of(key.creator()))
            .setCreateTime(Protobuf.timestamp(key.createTime()))
            .setExpireTime(Protobuf.timestamp(key.expireTime()));
    key.lastUseTime().ifPresent(time -> message.setLastUseTime(Protobuf.timestamp(time)));
    key.revokeTime().ifPresent(time -> message.setRevokeTime(Protobuf.timestamp(time)));
    return message;
  }
}
