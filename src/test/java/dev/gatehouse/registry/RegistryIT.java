package dev.gatehouse.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.VersionId;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.transaction.TransactionalException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models and versions on a real PostgreSQL. */
@QuarkusTest
@TestProfile(RegistryProfile.class)
class RegistryIT extends RegistryFixture {

  @Test
  void createModel_new_readsBack() {
    Model created = createDigits();
    assertEquals(DIGITS, created.name());
    assertEquals("Digits", created.displayName());
    assertEquals("Reads digits.", created.description());
    assertEquals(TEAM, created.ownerTeam());
    assertNull(created.defaultVersion());
    assertEquals(NOW, created.createTime());
    assertEquals(NOW, created.updateTime());
    assertEquals(created, registry.getModel(DIGITS));
    assertEquals(Optional.of(created), registry.findModel(DIGITS));
  }

  @Test
  void createModel_nanoseconds_areCutWhereTheDatabaseCutsThem() {
    Model created =
        inTransaction(
            () -> registry.createModel(DIGITS, "", "", TEAM, ALICE, "", NOW.plusNanos(789)));
    assertEquals(NOW, created.createTime());
    assertEquals(created, registry.getModel(DIGITS));
  }

  @Test
  void createModel_nameTaken_alreadyExistsAndNothingChanges() {
    Model created = createDigits();
    Callable<Model> again =
        () -> registry.createModel(DIGITS, "Other", "", TEAM, ALICE, "r", LATER);
    assertEquals("models/digits", refused(Refusal.AlreadyExists.class, again).what());
    assertEquals(created, registry.getModel(DIGITS));
  }

  @Test
  void createModel_sameRequest_returnsTheFirst() {
    Model created =
        inTransaction(() -> registry.createModel(DIGITS, "A", "", TEAM, ALICE, "r1", NOW));
    Model again =
        inTransaction(() -> registry.createModel(DIGITS, "B", "", TEAM, ALICE, "r1", LATER));
    assertEquals(created, again);
    refused(
        Refusal.AlreadyExists.class,
        () -> registry.createModel(DIGITS, "A", "", TEAM, BOB, "r1", LATER));
    refused(
        Refusal.ArgumentInvalid.class,
        () -> registry.createModel(new ModelName("x"), "A", "", TEAM, ALICE, "r1", LATER));
  }

  @Test
  void createModel_sameRequestAtOnce_bothGetTheOne() throws Exception {
    Callable<Model> create = () -> registry.createModel(DIGITS, "A", "", TEAM, ALICE, "r1", NOW);
    Model second = secondMeetsFirst(create, create);
    assertEquals(registry.getModel(DIGITS), second);
  }

  @Test
  void createModel_sameNameAtOnce_oneAlreadyExists() {
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> registry.createModel(DIGITS, "A", "", TEAM, ALICE, "r1", NOW),
                    () -> registry.createModel(DIGITS, "B", "", TEAM, BOB, "r2", NOW)));
    assertInstanceOf(Refusal.AlreadyExists.class, refused.refusal());
    assertEquals("A", registry.getModel(DIGITS).displayName());
  }

  @Test
  void createModel_badTexts_argumentInvalid() {
    refused(
        Refusal.ArgumentInvalid.class,
        () -> registry.createModel(DIGITS, "x".repeat(129), "\0", TEAM, ALICE, "a b", NOW));
    inTransaction(
        () ->
            registry.createModel(
                DIGITS, "é".repeat(128), "🎉".repeat(2048), TEAM, ALICE, "x".repeat(128), NOW));
    assertEquals("🎉".repeat(2048), registry.getModel(DIGITS).description());
  }

  @Test
  void change_withoutTransaction_fails() {
    createDigits();
    List<Callable<?>> changes =
        List.of(
            () -> registry.createModel(DIGITS, "", "", TEAM, ALICE, "", NOW),
            () -> registry.updateModel(DIGITS, null, "x", null, NOW),
            () -> registry.deleteModel(DIGITS, null),
            () -> registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, ALICE, NOW),
            () -> registry.deleteVersion(DIGITS, V1),
            () -> deployments.markDeploying(DIGITS, V1, SETTINGS, Rollout.BESIDE, HERE, NOW),
            () -> deployments.takeOver(DIGITS, V1, 1, HERE, NOW),
            () -> deployments.markReady(DIGITS, V1, 1, NOW),
            () -> deployments.markFailed(DIGITS, V1, 1, "", NOW),
            () -> deployments.markUndeployed(DIGITS, V1, NOW),
            () -> deployments.setDefaultVersion(DIGITS, V1, NOW),
            () -> deployments.setCanary(DIGITS, V1, Canary.NONE));
    for (Callable<?> change : changes) {
      assertThrows(TransactionalException.class, change::call);
    }
    assertEquals("Digits", registry.getModel(DIGITS).displayName());
  }

  @Test
  void change_transactionRolledBack_leavesNothing() {
    assertThrows(
        IllegalStateException.class,
        () ->
            inTransaction(
                () -> {
                  registry.createModel(DIGITS, "", "", TEAM, ALICE, "", NOW);
                  throw new IllegalStateException("the audit record failed");
                }));
    assertEquals(Optional.empty(), registry.findModel(DIGITS));
  }

  @Test
  void read_refusedInsideTransaction_doesNotDoomIt() {
    inTransaction(
        () -> {
          assertThrows(RefusedException.class, () -> registry.getModel(DIGITS));
          assertThrows(RefusedException.class, () -> registry.getVersion(DIGITS, V1));
          assertThrows(RefusedException.class, () -> registry.listModels(null, -1, ""));
          return registry.createModel(DIGITS, "", "", TEAM, ALICE, "", NOW);
        });
    assertTrue(registry.findModel(DIGITS).isPresent());
  }

  @Test
  void change_refusedAndSwallowed_doomsTheTransaction() {
    createDigits();
    assertThrows(
        RuntimeException.class,
        () ->
            inTransaction(
                () -> {
                  registry.updateModel(DIGITS, null, "changed", null, LATER);
                  assertThrows(RefusedException.class, () -> registry.deleteVersion(DIGITS, V1));
                  return true;
                }));
    assertEquals("Digits", registry.getModel(DIGITS).displayName());
  }

  @Test
  void updateModel_goodEtag_changesTextsAndEtag() {
    Model created = createDigits();
    Model updated =
        inTransaction(() -> registry.updateModel(DIGITS, created.etag(), "New", null, LATER));
    assertEquals("New", updated.displayName());
    assertEquals(created.description(), updated.description());
    assertEquals(created.createTime(), updated.createTime());
    assertEquals(LATER, updated.updateTime());
    assertNotEquals(created.etag(), updated.etag());
    assertEquals(updated, registry.getModel(DIGITS));
    Model unchecked = inTransaction(() -> registry.updateModel(DIGITS, null, null, "", LATER));
    assertEquals("", unchecked.description());
    assertEquals("New", unchecked.displayName());
  }

  @Test
  void updateModel_staleEtag_isRefused() {
    String etag = createDigits().etag();
    Model changed = inTransaction(() -> registry.updateModel(DIGITS, etag, "A", null, LATER));
    refused(Refusal.EtagMismatch.class, () -> registry.updateModel(DIGITS, etag, "B", null, LATER));
    refused(Refusal.EtagMismatch.class, () -> registry.updateModel(DIGITS, "", "B", null, LATER));
    refused(Refusal.EtagMismatch.class, () -> registry.deleteModel(DIGITS, etag));
    assertEquals(changed, registry.getModel(DIGITS));
  }

  @Test
  void updateModel_twoAtOnceWithOneEtag_oneIsRefused() {
    String etag = createDigits().etag();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> registry.updateModel(DIGITS, etag, "A", null, LATER),
                    () -> registry.updateModel(DIGITS, etag, "B", null, LATER)));
    assertInstanceOf(Refusal.EtagMismatch.class, refused.refusal());
    assertEquals("A", registry.getModel(DIGITS).displayName());
  }

  @Test
  void updateModel_readBeforeInTheSameTransaction_stillSeesTheOtherChange() throws Exception {
    String etag = createDigits().etag();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                inTransaction(
                    () -> {
                      registry.getModel(DIGITS);
                      QuarkusTransaction.requiringNew()
                          .call(() -> registry.updateModel(DIGITS, etag, "A", null, LATER));
                      return registry.updateModel(DIGITS, etag, "B", null, LATER);
                    }));
    assertInstanceOf(Refusal.EtagMismatch.class, refused.refusal());
  }

  @Test
  void etag_createdAnew_isAnotherOne() {
    String first = createDigits().etag();
    inTransaction(() -> registry.deleteModel(DIGITS, first));
    assertNotEquals(first, createDigits().etag());
  }

  @Test
  void updateModel_unknown_notFound() {
    refused(Refusal.NotFound.class, () -> registry.updateModel(DIGITS, null, "x", null, NOW));
    refused(Refusal.NotFound.class, () -> registry.deleteModel(DIGITS, null));
  }

  @Test
  void listModels_inPages_givesEachOnceInOrder() {
    List<String> names = List.of("-", "0", "a", "a-", "a-b", "a0", "aa", "ab", "b", "z");
    List<String> shuffled = new ArrayList<>(names);
    Collections.shuffle(shuffled, new Random(7));
    shuffled.forEach(name -> create(new ModelName(name)));
    for (int pageSize = 1; pageSize <= 11; pageSize++) {
      List<String> seen = new ArrayList<>();
      String token = "";
      do {
        Page<Model> page = registry.listModels(null, pageSize, token);
        page.items().forEach(model -> seen.add(model.name().value()));
        token = page.nextPageToken();
        assertTrue(page.items().size() <= pageSize);
      } while (!token.isEmpty());
      assertEquals(names, seen, "page size " + pageSize);
    }
  }

  @Test
  void listModels_ofTeam_givesTheirsOnly() {
    createDigits();
    TeamName other = new TeamName("speech");
    inTransaction(() -> registry.createModel(new ModelName("words"), "", "", other, BOB, "", NOW));
    assertEquals(
        List.of(registry.getModel(new ModelName("words"))),
        registry.listModels(other, 0, "").items());
    assertEquals(2, registry.listModels(null, 0, "").items().size());
    assertEquals(List.of(), registry.listModels(new TeamName("none"), 0, "").items());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "%%%", "dmE", "bUE", "bSc7LS0"})
  void listModels_badToken_argumentInvalid(String token) {
    refused(Refusal.ArgumentInvalid.class, () -> registry.listModels(null, 0, token));
  }

  @Test
  void listModels_tokenOfDeletedModel_goesOnBehindIt() {
    create(new ModelName("a"));
    create(new ModelName("b"));
    String token = registry.listModels(null, 1, "").nextPageToken();
    inTransaction(() -> registry.deleteModel(new ModelName("a"), null));
    assertEquals(
        List.of(new ModelName("b")),
        registry.listModels(null, 1, token).items().stream().map(Model::name).toList());
  }

  @Test
  void addVersion_new_readsBack() {
    createDigits();
    ModelVersion added = add(V1);
    assertEquals(
        new ModelVersion(
            DIGITS,
            V1,
            DIGEST,
            CONTENT.length,
            SIGNATURE,
            ALICE,
            NOW,
            DeploymentState.UNDEPLOYED,
            "",
            null,
            0,
            NOW),
        added);
    assertEquals(added, registry.getVersion(DIGITS, V1));
    assertEquals(Optional.of(added), registry.findVersion(DIGITS, V1));
    assertEquals(List.of(added), registry.listVersions(DIGITS, 0, "").items());
  }

  @Test
  void addVersion_largestSignature_readsBack() {
    createDigits();
    List<TensorSpec> specs = new ArrayList<>();
    for (int i = 0; i < Signature.TENSORS_MAX; i++) {
      specs.add(
          new TensorSpec(
              "~".repeat(120) + i,
              Datatype.values()[i % 8],
              Shape.of(-1, Long.MAX_VALUE, -1, i + 1, 1, 1, 1, 1)));
    }
    Signature largest = new Signature(specs, specs);
    inTransaction(() -> registry.addVersion(DIGITS, V1, DIGEST, 7, largest, ALICE, NOW));
    assertEquals(largest, registry.getVersion(DIGITS, V1).signature());
  }

  @Test
  void addVersion_nameTaken_alreadyExistsAndTheFirstStays() {
    createDigits();
    ModelVersion first = add(V1);
    byte[] other = {1};
    ArtifactStoreContract.put(artifacts, other);
    Callable<ModelVersion> again =
        () -> registry.addVersion(DIGITS, V1, Sha256.of(other), 1, SIGNATURE, BOB, LATER);
    assertEquals("models/digits/versions/v1", refused(Refusal.AlreadyExists.class, again).what());
    assertEquals(first, registry.getVersion(DIGITS, V1));
  }

  @Test
  void addVersion_twoAtOnce_oneAlreadyExists() {
    createDigits();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, ALICE, NOW),
                    () -> registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, BOB, LATER)));
    assertInstanceOf(Refusal.AlreadyExists.class, refused.refusal());
    assertEquals(ALICE, registry.getVersion(DIGITS, V1).uploader());
  }

  @Test
  void addVersion_whileItsModelIsDeleted_notFound() {
    createDigits();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> registry.deleteModel(DIGITS, null),
                    () -> registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, BOB, LATER)));
    assertInstanceOf(Refusal.NotFound.class, refused.refusal());
  }

  @Test
  void addVersion_deletedByAnotherSinceItWasRead_isAdded() {
    createDigits();
    add(V1);
    inTransaction(
        () -> {
          registry.getVersion(DIGITS, V1);
          QuarkusTransaction.requiringNew().call(() -> registry.deleteVersion(DIGITS, V1));
          return registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, BOB, NOW);
        });
    assertEquals(BOB, registry.getVersion(DIGITS, V1).uploader());
  }

  @Test
  void addVersion_unknownModelOrArtifact_isRefused() {
    refused(
        Refusal.NotFound.class,
        () -> registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, ALICE, NOW));
    createDigits();
    refused(
        Refusal.StateInvalid.class,
        () -> registry.addVersion(DIGITS, V1, Sha256.of(new byte[] {9}), 7, SIGNATURE, ALICE, NOW));
  }

  @Test
  void addVersion_moreThanAllowed_isRefused() {
    createDigits();
    for (int i = 0; i < RegistryProfile.SETTINGS.versionsPerModelMax(); i++) {
      add(new VersionId("v" + i));
    }
    refused(
        Refusal.StateInvalid.class,
        () -> registry.addVersion(DIGITS, new VersionId("more"), DIGEST, 7, SIGNATURE, ALICE, NOW));
  }

  @Test
  void listVersions_inPages_givesEachOnceWithItsState() {
    createDigits();
    List<VersionId> ids = List.of(new VersionId("a"), new VersionId("b"), new VersionId("c"));
    ids.forEach(this::add);
    ready(ids.get(1));
    Page<ModelVersion> first = registry.listVersions(DIGITS, 2, "");
    Page<ModelVersion> rest = registry.listVersions(DIGITS, 2, first.nextPageToken());
    List<ModelVersion> seen = new ArrayList<>(first.items());
    seen.addAll(rest.items());
    assertEquals("", rest.nextPageToken());
    assertEquals(ids.stream().map(id -> registry.getVersion(DIGITS, id)).toList(), seen);
    assertEquals(DeploymentState.READY, seen.get(1).state());
    String ofModels =
        Base64.getUrlEncoder().encodeToString("mdigits".getBytes(StandardCharsets.US_ASCII));
    refused(Refusal.ArgumentInvalid.class, () -> registry.listVersions(DIGITS, 2, ofModels));
  }

  @Test
  void deleteVersion_idle_isGone() {
    createDigits();
    add(V1);
    assertEquals(DIGEST, inTransaction(() -> registry.deleteVersion(DIGITS, V1)));
    assertEquals(Optional.empty(), registry.findVersion(DIGITS, V1));
    refused(Refusal.NotFound.class, () -> registry.deleteVersion(DIGITS, V1));
  }

  @Test
  void deleteVersion_deployedOrDefault_isRefused() {
    createDigits();
    add(V1);
    deploy(V1);
    refused(Refusal.StateInvalid.class, () -> registry.deleteVersion(DIGITS, V1));
    long attempt = registry.getVersion(DIGITS, V1).attempt();
    inTransaction(() -> deployments.markReady(DIGITS, V1, attempt, NOW));
    refused(Refusal.StateInvalid.class, () -> registry.deleteVersion(DIGITS, V1));
    inTransaction(() -> deployments.markUndeployed(DIGITS, V1, NOW));
    refused(Refusal.StateInvalid.class, () -> registry.deleteVersion(DIGITS, V1));
    add(V2);
    ready(V2);
    inTransaction(() -> deployments.setDefaultVersion(DIGITS, V2, NOW));
    inTransaction(() -> registry.deleteVersion(DIGITS, V1));
    assertEquals(Optional.empty(), registry.findVersion(DIGITS, V1));
  }

  @Test
  void deleteModel_deployed_isRefusedUntilUndeployed() {
    createDigits();
    add(V1);
    long attempt = deploy(V1).attempt();
    refused(Refusal.StateInvalid.class, () -> registry.deleteModel(DIGITS, null));
    inTransaction(() -> deployments.markReady(DIGITS, V1, attempt, NOW));
    refused(Refusal.StateInvalid.class, () -> registry.deleteModel(DIGITS, null));
    inTransaction(() -> deployments.markUndeployed(DIGITS, V1, NOW));
    assertEquals(Set.of(DIGEST), inTransaction(() -> registry.deleteModel(DIGITS, null)));
    assertEquals(Optional.empty(), registry.findModel(DIGITS));
    assertEquals(Optional.empty(), registry.findVersion(DIGITS, V1));
  }

  @Test
  void deleteModel_afterReadingEverything_works() {
    createDigits();
    add(V1);
    ready(V1);
    inTransaction(() -> deployments.markUndeployed(DIGITS, V1, NOW));
    inTransaction(
        () -> {
          registry.getVersion(DIGITS, V1);
          registry.getModel(DIGITS);
          return registry.deleteModel(DIGITS, null);
        });
    assertEquals(List.of(), registry.listVersions(DIGITS, 0, "").items());
  }

  @Test
  void deleteArtifactIfUnused_usedBySome_staysUntilTheLastIsGone() {
    createDigits();
    add(V1);
    add(V2);
    inTransaction(() -> registry.deleteVersion(DIGITS, V1));
    assertFalse(registry.deleteArtifactIfUnused(DIGEST));
    inTransaction(
        () -> {
          registry.deleteVersion(DIGITS, V2);
          assertFalse(registry.deleteArtifactIfUnused(DIGEST), "not committed yet");
          return true;
        });
    assertArrayEquals(CONTENT, artifacts.read(DIGEST));
    assertTrue(registry.deleteArtifactIfUnused(DIGEST));
    assertFalse(artifacts.contains(DIGEST));
  }

  @Test
  void deleteArtifactIfUnused_whileItIsAddedToAVersion_stays() {
    createDigits();
    inTransaction(
        () -> {
          registry.addVersion(DIGITS, V1, DIGEST, 7, SIGNATURE, ALICE, NOW);
          assertFalse(registry.deleteArtifactIfUnused(DIGEST));
          return true;
        });
    assertTrue(artifacts.contains(DIGEST));
  }

  @Test
  void database_changedVersion_isRefusedByTheDatabaseItself() throws SQLException {
    createDigits();
    add(V1);
    assertThrows(SQLException.class, () -> execute("update model_version set size_bytes = 1"));
    assertThrows(SQLException.class, () -> execute("update model_version_tensor set name = 'x'"));
    assertThrows(SQLException.class, () -> execute("update model set default_version = 'v9'"));
    assertThrows(SQLException.class, () -> execute("update model set owner_team = 'A'"));
    assertThrows(
        SQLException.class,
        () -> execute("insert into model_version values ('digits', 'v9', '\\x00', 1, 'a', now())"));
    assertEquals(1, number("select count(*) from model_version"));
  }
}
