package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.ApiKey;
import dev.gatehouse.access.ApiKeyId;
import dev.gatehouse.access.ApiKeys;
import dev.gatehouse.access.IssuedApiKey;
import dev.gatehouse.access.NewApiKey;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import dev.gatehouse.serving.Administration.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Administers the API keys of callers; who may is decided by right before. A key itself passes
 * through here to the one who asked for it, and gets into no record.
 */
public final class ApiKeyAdministration {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'k';

  private final Administration administration;
  private final ApiKeys keys;
  private final AccessControl access;

  ApiKeyAdministration(Administration administration, ApiKeys keys, AccessControl access) {
    this.administration = administration;
    this.keys = keys;
    this.access = access;
  }

  /** Makes a key; a repetition with the same request id returns it without its secret. */
  public IssuedApiKey create(Caller caller, NewApiKey wanted, String requestId) {
    IssuedApiKey issued =
        administration.change(
            caller,
            "apiKeys.create",
            made -> new Told(name(made.apiKey()), expiry(made.apiKey())),
            () ->
                keys.create(
                    wanted,
                    caller.id(),
                    requestId.isEmpty() ? Optional.empty() : Optional.of(requestId)));
    access.refresh();
    return issued;
  }

  /** A key of a caller. */
  public ApiKey get(CallerId owner, ApiKeyId id) {
    return administration.read(() -> keys.get(owner, id));
  }

  /** A page of the keys of a caller. */
  public Page<ApiKey> list(CallerId owner, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, ApiKeyId::valid);
          ApiKeyId after = page.after().isEmpty() ? null : new ApiKeyId(page.after());
          return page.page(LIST, keys.list(owner, after, page.size() + 1), key -> key.id().value());
        });
  }

  /** Makes another key in the place of one, which ends after an overlap. */
  public IssuedApiKey rotate(
      Caller caller,
      CallerId owner,
      ApiKeyId id,
      Optional<ApiKeyId> newId,
      Instant expireTime,
      Duration overlap) {
    IssuedApiKey issued =
        administration.change(
            caller,
            "apiKeys.rotate",
            made ->
                new Told(name(owner, id), "to=" + made.apiKey().id() + " " + expiry(made.apiKey())),
            () -> keys.rotate(owner, id, newId, expireTime, overlap, caller.id()));
    access.refresh();
    return issued;
  }

  /** Ends a key. */
  public ApiKey revoke(Caller caller, CallerId owner, ApiKeyId id) {
    ApiKey revoked =
        administration.change(
            caller, "apiKeys.revoke", name(owner, id), () -> keys.revoke(owner, id));
    access.refresh();
    return revoked;
  }

  private static String expiry(ApiKey key) {
    return "expires=" + key.expireTime();
  }

  private static String name(ApiKey key) {
    return name(key.caller(), key.id());
  }

  private static String name(CallerId owner, ApiKeyId id) {
    return "callers/" + owner + "/apiKeys/" + id;
  }
}
