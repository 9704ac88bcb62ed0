package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.mac.PredefinedMacParameters;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.keys.Keyring;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** API keys, and when they and grants were last used, in a real database. */
@QuarkusTest
@TestProfile(TokenAttacksIT.Profile.class)
class ApiKeysIT {

  private static final CallerId ROOT = new CallerId("administrator-1");
  private static final Duration DAY = Duration.ofDays(1);

  @Inject AccessControl control;
  @Inject Authenticator authenticator;
  @Inject Callers callers;
  @Inject Grants grants;
  @Inject ApiKeys keys;
  @Inject AccessUses uses;
  @Inject UseRows useRows;
  @Inject CallerRows rows;
  @Inject Keyring keyring;
  @Inject InstantSource clock;
  @Inject EntityManager database;

  @Inject
  @ConfigProperty(name = "gatehouse.oidc.issuer")
  String issuer;

  @TempDir Path folder;

  /** Another one for each test. */
  private CallerId owner;

  @BeforeEach
  void start() {
    control.start();
    keys.requireKeyset();
    owner = new CallerId("owner-" + UUID.randomUUID());
    register(owner, CallerKind.SERVICE, false);
  }

  private void register(CallerId id, CallerKind kind, boolean certificateBound) {
    boolean person = kind == CallerKind.PERSON;
    RegisteredCaller unused =
        change(
            () ->
                callers.create(
                    new NewCaller(
                        id,
                        "",
                        new TeamName("shop"),
                        kind,
                        person ? issuer : "",
                        person ? id.value() : "",
                        "",
                        Set.of(Role.CALLER),
                        certificateBound,
                        false),
                    ROOT,
                    Optional.empty()));
    control.refresh();
  }

  private <T> T change(Callable<T> work) {
    T result = QuarkusTransaction.requiringNew().call(work);
    control.refresh();
    return result;
  }

  private void assertRefused(Reason reason, Callable<?> work) {
    RefusedException refused = assertThrows(RefusedException.class, () -> change(work));
    assertEquals(reason, refused.refusal().reason());
  }

  private IssuedApiKey rotated(ApiKeyId id, Duration lifetime, Duration overlap) {
    return keys.rotate(owner, id, Optional.empty(), clock.instant().plus(lifetime), overlap, ROOT);
  }

  private NewApiKey wanted(String id, Duration lifetime) {
    return new NewApiKey(
        id.isEmpty() ? Optional.empty() : Optional.of(new ApiKeyId(id)),
        owner,
        "The key",
        clock.instant().plus(lifetime));
  }

  private IssuedApiKey create(String id) {
    return change(() -> keys.create(wanted(id, DAY), ROOT, Optional.empty()));
  }

  private static String secret(IssuedApiKey issued) {
    return issued.secret().orElseThrow().reveal();
  }

  private static String uniqueId() {
    return "k-" + UUID.randomUUID();
  }

  private Authentication present(String key) {
    return Objects.requireNonNull(
        authenticator.known("Bearer " + key, AccessFixture.HERE), "the outcome is there at once");
  }

  private void assertAccepted(String key) {
    assertEquals(
        owner, assertInstanceOf(Authentication.Accepted.class, present(key)).caller().id());
  }

  private void assertRefused(AuthenticationFailure cause, String key) {
    assertEquals(cause, assertInstanceOf(Authentication.Refused.class, present(key)).cause());
  }

  /** Changes rows as no code of the product does. */
  private void sql(String statement, Object... values) {
    QuarkusTransaction.requiringNew()
        .run(
            () -> {
              var query = database.createNativeQuery(statement);
              for (int i = 0; i < values.length; i++) {
                query.setParameter(i + 1, values[i]);
              }
              int unused = query.executeUpdate();
            });
    control.refresh();
  }

  /** Everything that any table of the room holds, bytes in hexadecimal. */
  private String dump() {
    return QuarkusTransaction.requiringNew()
        .call(
            () -> {
              StringBuilder all = new StringBuilder();
              for (Object table :
                  database
                      .createNativeQuery(
                          "select tablename from pg_tables where schemaname = 'public'")
                      .getResultList()) {
                for (Object row :
                    database
                        .createNativeQuery("select t::text from " + table + " t", String.class)
                        .getResultList()) {
                  all.append(table).append(": ").append(row).append('\n');
                }
              }
              return all.toString();
            });
  }

  @Test
  void create_key_isHashedAtRestAndAcceptedAtOnce() {
    IssuedApiKey issued = create("");
    String key = secret(issued);
    assertAccepted(key);
    String secretPart = key.substring(key.length() - 50, key.length() - 7);
    String dump = dump();
    assertTrue(dump.contains(issued.apiKey().id().value()), "the row is in what was looked at");
    for (String part :
        List.of(
            key,
            secretPart,
            secretPart.substring(0, 20),
            secretPart.substring(22),
            HexFormat.of()
                .formatHex(secretPart.getBytes(java.nio.charset.StandardCharsets.US_ASCII)))) {
      assertFalse(dump.contains(part), "the database has a part of the key");
    }
    assertFalse(issued.toString().contains(secretPart));
    assertEquals(issued.apiKey(), withoutUse(keys.get(owner, issued.apiKey().id())));
  }

  private static ApiKey withoutUse(ApiKey key) {
    return new ApiKey(
        key.id(),
        key.caller(),
        key.displayName(),
        key.state(),
        key.creator(),
        key.createTime(),
        key.expireTime(),
        key.revokeTime(),
        Optional.empty());
  }

  @Test
  void create_sameRequestAgain_returnsTheKeyWithoutItsSecret() {
    Optional<String> request = Optional.of(UUID.randomUUID().toString());
    NewApiKey wanted = wanted("", DAY);
    IssuedApiKey first = change(() -> keys.create(wanted, ROOT, request));
    IssuedApiKey again = change(() -> keys.create(wanted, ROOT, request));
    assertTrue(first.secret().isPresent());
    assertTrue(again.secret().isEmpty());
    assertEquals(first.apiKey(), again.apiKey());
    assertRefused(
        Reason.ARGUMENT_INVALID, () -> keys.create(wanted(uniqueId(), DAY), ROOT, request));
    assertTrue(
        change(() -> keys.create(wanted, owner, request)).secret().isPresent(),
        "another creator's request");
  }

  @Test
  void create_whatMayNotBe_isRefused() {
    String taken = create(uniqueId()).apiKey().id().value();
    assertRefused(
        Reason.ALREADY_EXISTS, () -> keys.create(wanted(taken, DAY), ROOT, Optional.empty()));
    for (Duration lifetime :
        List.of(Duration.ZERO, DAY.negated(), Duration.ofDays(366).plusMinutes(1))) {
      assertRefused(
          Reason.ARGUMENT_INVALID, () -> keys.create(wanted("", lifetime), ROOT, Optional.empty()));
    }
    CallerId former = owner;
    owner = new CallerId("nobody-" + UUID.randomUUID());
    assertRefused(Reason.NOT_FOUND, () -> keys.create(wanted("", DAY), ROOT, Optional.empty()));
    register(owner, CallerKind.PERSON, false);
    assertRefused(
        Reason.ARGUMENT_INVALID, () -> keys.create(wanted("", DAY), ROOT, Optional.empty()));
    owner = new CallerId("bound-" + UUID.randomUUID());
    register(owner, CallerKind.PARTNER, true);
    assertRefused(Reason.STATE_INVALID, () -> keys.create(wanted("", DAY), ROOT, Optional.empty()));
    owner = new CallerId("other-" + UUID.randomUUID());
    register(owner, CallerKind.PARTNER, false);
    assertRefused(
        Reason.ALREADY_EXISTS, () -> keys.create(wanted(taken, DAY), ROOT, Optional.empty()));
    assertEquals(former, keys.get(former, new ApiKeyId(taken)).caller());
    assertRefused(Reason.NOT_FOUND, () -> keys.get(owner, new ApiKeyId(taken)));
    assertRefused(Reason.NOT_FOUND, () -> keys.revoke(owner, new ApiKeyId(taken)));
  }

  @Test
  void rotate_withOverlap_acceptsBothUntilItIsOver() {
    IssuedApiKey former = create("");
    ApiKeyId id = former.apiKey().id();
    IssuedApiKey next = change(() -> rotated(id, DAY.multipliedBy(9), Duration.ofHours(1)));
    assertNotEquals(secret(former), secret(next));
    assertAccepted(secret(former));
    assertAccepted(secret(next));
    ApiKey left = keys.get(owner, id);
    assertTrue(left.expireTime().isBefore(former.apiKey().expireTime()));
    assertEquals(ApiKey.State.ACTIVE, left.state());

    IssuedApiKey third = change(() -> rotated(next.apiKey().id(), DAY, Duration.ZERO));
    assertRefused(AuthenticationFailure.EXPIRED, secret(next));
    assertEquals(ApiKey.State.EXPIRED, keys.get(owner, next.apiKey().id()).state());
    assertAccepted(secret(third));
    assertRefused(Reason.STATE_INVALID, () -> rotated(next.apiKey().id(), DAY, Duration.ZERO));
  }

  @Test
  void rotate_overlapBeyondTheEndOfTheFormer_doesNotProlongIt() {
    IssuedApiKey former = create("");
    ApiKeyId id = former.apiKey().id();
    IssuedApiKey unused = change(() -> rotated(id, DAY, Duration.ofDays(30)));
    assertEquals(former.apiKey().expireTime(), keys.get(owner, id).expireTime());
    for (Duration overlap : List.of(Duration.ofDays(30).plusNanos(1), Duration.ofNanos(-1))) {
      assertRefused(Reason.ARGUMENT_INVALID, () -> rotated(id, DAY, overlap));
    }
  }

  @Test
  void revoke_key_isRefusedFromThenOnAndStaysRevoked() {
    IssuedApiKey issued = create("");
    ApiKeyId id = issued.apiKey().id();
    assertAccepted(secret(issued));
    ApiKey revoked = change(() -> keys.revoke(owner, id));
    assertEquals(ApiKey.State.REVOKED, revoked.state());
    assertRefused(AuthenticationFailure.REVOKED, secret(issued));
    assertEquals(revoked.revokeTime(), change(() -> keys.revoke(owner, id)).revokeTime());
    assertRefused(Reason.STATE_INVALID, () -> rotated(id, DAY, Duration.ZERO));
  }

  @Test
  void expiry_ofKey_isSeen() {
    IssuedApiKey issued = create("");
    sql(
        "update access_api_keys set create_time = create_time - interval '3 days',"
            + " expire_time = now() - interval '1 second' where id = ?",
        issued.apiKey().id().value());
    assertRefused(AuthenticationFailure.EXPIRED, secret(issued));
  }

  @Test
  void caller_suspendedOrDeleted_takesItsKeysWithIt() {
    IssuedApiKey issued = create("");
    RegisteredCaller unused =
        change(
            () ->
                callers.update(
                    owner,
                    CallerUpdate.NOTHING.withStanding(Standing.SUSPENDED),
                    Optional.empty()));
    assertRefused(AuthenticationFailure.SUSPENDED, secret(issued));
    boolean ignored =
        change(
            () -> {
              callers.delete(owner, Optional.empty());
              return true;
            });
    assertRefused(AuthenticationFailure.API_KEY, secret(issued));
    assertRefused(Reason.NOT_FOUND, () -> keys.get(owner, issued.apiKey().id()));
  }

  @Test
  void tagOfAnotherRow_doesNotFit() {
    IssuedApiKey mine = create("");
    IssuedApiKey other = create("");
    sql(
        "update access_api_keys set tag = (select tag from access_api_keys where id = ?)"
            + " where id = ?",
        other.apiKey().id().value(),
        mine.apiKey().id().value());
    assertRefused(AuthenticationFailure.API_KEY, secret(mine));
    assertAccepted(secret(other));
  }

  @Test
  void create_moreThanMayBeActive_isRefusedUntilOneEndsAndRotationStillWorks() {
    List<IssuedApiKey> made = new ArrayList<>();
    for (int i = 0; i < ApiKeys.ACTIVE_MAX; i++) {
      made.add(create(""));
    }
    assertRefused(Reason.STATE_INVALID, () -> keys.create(wanted("", DAY), ROOT, Optional.empty()));
    ApiKeyId first = made.getFirst().apiKey().id();
    IssuedApiKey next = change(() -> rotated(first, DAY, Duration.ofHours(1)));
    assertRefused(
        Reason.STATE_INVALID, () -> rotated(next.apiKey().id(), DAY, Duration.ofHours(1)));
    ApiKey unused = change(() -> keys.revoke(owner, first));
    unused = change(() -> keys.revoke(owner, made.get(1).apiKey().id()));
    assertAccepted(secret(create("")));
  }

  @Test
  void create_afterManyEnded_keepsABoundedNumberAndForgetsOldOnes() {
    sql(
        "insert into access_api_keys (id, caller, tag, display_name, creator, create_time,"
            + " expire_time) select ? || n, ?, decode(repeat('00', 37), 'hex'), '', 'root',"
            + " now() - interval '200 days', now() - interval '89 days'"
            + " from generate_series(1, 256) n",
        owner.value().substring(0, 20) + "-",
        owner.value());
    assertRefused(Reason.STATE_INVALID, () -> keys.create(wanted("", DAY), ROOT, Optional.empty()));
    sql(
        "update access_api_keys set expire_time = now() - interval '91 days' where caller = ?"
            + " and id like '%1'",
        owner.value());
    sql(
        "update access_api_keys set expire_time = now() + interval '1 day',"
            + " revoke_time = now() - interval '91 days' where caller = ? and id like '%2'",
        owner.value());
    assertAccepted(secret(create("")));
    Set<String> left = new HashSet<>();
    keys.list(owner, null, 1_000).forEach(key -> left.add(key.id().value()));
    assertTrue(left.size() < 256 && left.size() > 150, left.size() + " are left");
    assertTrue(
        left.stream().filter(id -> id.startsWith("owner-")).noneMatch(id -> id.endsWith("1")));
    assertTrue(
        left.stream().filter(id -> id.startsWith("owner-")).noneMatch(id -> id.endsWith("2")));
  }

  @Test
  void list_inPages_givesEachOnceInOrder() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(create(uniqueId()).apiKey().id().value());
    }
    made.sort(null);
    List<ApiKey> page = keys.list(owner, null, 3);
    List<ApiKey> rest = keys.list(owner, page.getLast().id(), 3);
    List<String> listed = new ArrayList<>();
    page.forEach(key -> listed.add(key.id().value()));
    rest.forEach(key -> listed.add(key.id().value()));
    assertEquals(made, listed);
    assertRefused(Reason.NOT_FOUND, () -> keys.list(new CallerId("nobody-at-all"), null, 3));
  }

  @Test
  void keyset_other_isRefusedWithWhatToDo() throws Exception {
    Path file = folder.resolve("other.json");
    Keyring other = Keyring.open(file, true);
    KeysetMismatchException refused =
        assertThrows(
            KeysetMismatchException.class, () -> new KeysetCheck(other, rows, clock).run());
    assertTrue(refused.toString().contains(file.toString()), refused::toString);
    assertTrue(refused.toString().contains("access_keyset"), refused::toString);
    Keyring none = Keyring.open(folder.resolve("none.json"), false);
    assertThrows(KeysetMismatchException.class, () -> new KeysetCheck(none, rows, clock).run());
    keys.requireKeyset();
  }

  @Test
  void keyset_withAnotherPrimaryKey_isTakenAndSoIsTheFormerWhileItKnowsBoth() throws Exception {
    byte[] before = mark();
    KeysetHandle one =
        TinkJsonProtoKeysetFormat.parseKeyset(
            Files.readString(Path.of(keyring.origin())), InsecureSecretKeyAccess.get());
    KeysetHandle.Builder builder = KeysetHandle.newBuilder(one);
    builder.addEntry(
        KeysetHandle.generateEntryFromParameters(PredefinedMacParameters.HMAC_SHA256_256BITTAG)
            .withRandomId()
            .makePrimary());
    Path file = folder.resolve("both.json");
    Files.writeString(
        file,
        TinkJsonProtoKeysetFormat.serializeKeyset(builder.build(), InsecureSecretKeyAccess.get()));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Keyring both = Keyring.open(file, true);
    try {
      new KeysetCheck(both, rows, clock).run();
      assertNotEquals(HexFormat.of().formatHex(before), HexFormat.of().formatHex(mark()));
      new KeysetCheck(both, rows, clock).run();
      assertThrows(
          KeysetMismatchException.class,
          () -> new KeysetCheck(keyring, rows, clock).run(),
          "it could not check keys made under the new one");
    } finally {
      sql("delete from access_keyset");
    }
    keys.requireKeyset();
    assertArrayEquals(before, mark());
  }

  private byte[] mark() {
    return QuarkusTransaction.requiringNew()
        .call(
            () ->
                (byte[])
                    database
                        .createNativeQuery("select tag from access_keyset", byte[].class)
                        .getSingleResult());
  }

  @Test
  void uses_ofKey_areShownAtOnceAndWrittenInTheBackground() {
    IssuedApiKey issued = create("");
    ApiKeyId id = issued.apiKey().id();
    assertEquals(Optional.empty(), keys.get(owner, id).lastUseTime());
    long revision = revision();
    assertAccepted(secret(issued));
    Instant seen = keys.get(owner, id).lastUseTime().orElseThrow();
    assertEquals(Optional.empty(), written(id));
    uses.write();
    assertEquals(Optional.of(seen), written(id));
    useRows.write(
        List.of(
            new AccessUses.Use(new AccessUses.Used.Key(id.value()), seen.getEpochSecond() - 9)));
    assertEquals(Optional.of(seen), written(id), "an earlier use of another replica");
    useRows.write(
        List.of(
            new AccessUses.Use(new AccessUses.Used.Key(id.value()), seen.getEpochSecond() + 9),
            new AccessUses.Use(new AccessUses.Used.Key("gone"), seen.getEpochSecond())));
    assertEquals(Optional.of(seen.plusSeconds(9)), keys.get(owner, id).lastUseTime());
    assertEquals(revision, revision(), "no snapshot is read again for it");
  }

  private Optional<Instant> written(ApiKeyId id) {
    return QuarkusTransaction.requiringNew().call(() -> useRows.ofApiKey(id.value()));
  }

  private long revision() {
    return QuarkusTransaction.requiringNew()
        .call(
            () ->
                (Long)
                    database
                        .createNativeQuery("select revision from access_revision", Long.class)
                        .getSingleResult());
  }

  @Test
  void uses_ofGrants_areWrittenForEachActionAndGoWithTheGrant() {
    ModelName model = new ModelName("used-" + UUID.randomUUID());
    GrantId id = new GrantId("g");
    grant(model, id);
    control.used(model, id, Action.INFER);
    control.used(model, id, Action.INFER);
    control.used(model, new GrantId("gone"), Action.INFER);
    uses.write();
    AccessUses.Used.GrantFor inferred = new AccessUses.Used.GrantFor(model, id, Action.INFER);
    assertEquals(Set.of(inferred), grantUses(model));
    useRows.write(
        List.of(
            new AccessUses.Use(
                new AccessUses.Used.GrantFor(model, id, Action.DEPLOY),
                clock.instant().minusSeconds(100).getEpochSecond())));
    assertEquals(Set.of(inferred), grantUses(model), "not by a grant that was not there yet");
    boolean ignored =
        change(
            () -> {
              grants.delete(model, id);
              return true;
            });
    assertEquals(Set.of(), grantUses(model));
  }

  private Set<AccessUses.Used> grantUses(ModelName model) {
    return QuarkusTransaction.requiringNew().call(() -> useRows.ofGrants(model).keySet());
  }

  private void grant(ModelName model, GrantId id) {
    Grant unused =
        change(
            () ->
                grants.create(
                    new NewGrant(
                        Optional.of(id),
                        model,
                        new Grantee.ToCaller(owner),
                        GrantEffect.ALLOW,
                        Set.of(Action.INFER, Action.READ_METADATA),
                        GrantConditions.NONE,
                        GrantTerms.DEFAULT,
                        clock.instant().plus(DAY)),
                    ROOT,
                    Optional.empty()));
  }
}
