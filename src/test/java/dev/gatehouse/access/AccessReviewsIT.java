package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.AccessReviewLine.Verdict;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Access reviews in a real database. */
@QuarkusTest
@TestProfile(TokenAttacksIT.Profile.class)
class AccessReviewsIT {

  private static final CallerId ROOT = new CallerId("administrator-1");
  private static final CallerId AUDITOR = new CallerId("some-auditor");
  private static final Duration DAY = Duration.ofDays(1);

  @Inject AccessControl control;
  @Inject Callers callers;
  @Inject Grants grants;
  @Inject AccessReviews reviews;
  @Inject UseRows useRows;
  @Inject InstantSource clock;
  @Inject EntityManager database;

  /** Others for each test. */
  private ModelName model;

  private CallerId grantee;

  @BeforeEach
  void start() {
    control.start();
    model = new ModelName("reviewed-" + UUID.randomUUID());
    grantee = new CallerId("grantee-" + UUID.randomUUID());
    RegisteredCaller unused =
        change(
            () ->
                callers.create(
                    new NewCaller(
                        grantee,
                        "",
                        new TeamName("shop"),
                        CallerKind.SERVICE,
                        "",
                        "",
                        "",
                        Set.of(Role.CALLER),
                        false,
                        false),
                    ROOT,
                    Optional.empty()));
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

  private Grant grant(String id, Action... actions) {
    return grant(id, GrantEffect.ALLOW, DAY.multipliedBy(200), GrantTerms.DEFAULT, actions);
  }

  private Grant grant(
      String id, GrantEffect effect, Duration lifetime, GrantTerms terms, Action... actions) {
    return change(
        () ->
            grants.create(
                new NewGrant(
                    Optional.of(new GrantId(id)),
                    model,
                    new Grantee.ToCaller(grantee),
                    effect,
                    Set.of(actions),
                    GrantConditions.NONE,
                    terms,
                    clock.instant().plus(lifetime)),
                ROOT,
                Optional.empty()));
  }

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
  }

  /** Makes a grant as old as that. */
  private void age(String grant, int days) {
    sql(
        "update access_grants set create_time = create_time - ? * interval '1 day'"
            + " where model = ? and id = ?",
        days,
        model.value(),
        grant);
  }

  private void used(String grant, Action action, Duration ago) {
    useRows.write(
        List.of(
            new AccessUses.Use(
                new AccessUses.Used.GrantFor(model, new GrantId(grant), action),
                clock.instant().minus(ago).getEpochSecond())));
  }

  private NewAccessReview wanted() {
    return new NewAccessReview(Optional.empty(), "Yearly", Optional.of(model), 90, 30);
  }

  private AccessReview begin() {
    return change(() -> reviews.create(wanted(), AUDITOR, Optional.empty()));
  }

  private Map<String, AccessReviewLine> byGrant(AccessReview review) {
    return reviews.lines(review.id(), 0, 1_000).stream()
        .collect(Collectors.toMap(line -> line.grant().id().value(), Function.identity()));
  }

  private static AccessReviewLine line(Map<String, AccessReviewLine> lines, String grant) {
    return Objects.requireNonNull(lines.get(grant), grant);
  }

  @Test
  void create_ofModel_listsItsGrantsAsTheyAre() {
    Grant full =
        change(
            () ->
                grants.create(
                    new NewGrant(
                        Optional.of(new GrantId("full")),
                        model,
                        new Grantee.ToTeam(new TeamName("blue")),
                        GrantEffect.ALLOW,
                        Set.of(Action.values()),
                        new GrantConditions(
                            List.of(Network.parse("10.0.0.0/8").orElseThrow()),
                            AuthenticationStrength.STRONG),
                        new GrantTerms(
                            7,
                            GrantPriority.BULK,
                            new Quota(1, 2, 3, 4_000_000_000L, 5),
                            List.of(
                                new OutputPolicy(
                                    "sum:of:\"all\"",
                                    OutputPolicy.Detail.TOP_K,
                                    3,
                                    0,
                                    OutputPolicy.Scores.LOGITS))),
                        clock.instant().plus(DAY)),
                    ROOT,
                    Optional.empty()));
    Grant plain = grant("plain", Action.INFER);
    Grant denial =
        grant("denial", GrantEffect.DENY, DAY.multipliedBy(9), GrantTerms.DEFAULT, Action.INFER);
    AccessReview review = begin();
    assertEquals(3, review.lineCount());
    assertEquals(3, review.openLineCount());
    assertEquals(review, reviews.get(review.id()));
    List<AccessReviewLine> lines = reviews.lines(review.id(), 0, 10);
    assertEquals(List.of(1, 2, 3), lines.stream().map(AccessReviewLine::number).toList());
    assertEquals(
        List.of(denial, full, plain), lines.stream().map(AccessReviewLine::grant).toList());
    assertTrue(lines.stream().allMatch(line -> line.decision().isEmpty()));
  }

  @Test
  void lines_unusedExpiringAndWider_areSeen() {
    grant("used", Action.INFER, Action.READ_METADATA, Action.DEPLOY);
    grant("long-ago", Action.INFER);
    grant("never-old", Action.INFER, Action.READ_METADATA);
    grant("never-new", Action.INFER);
    grant("at-limit", Action.INFER);
    grant("only-read", Action.READ_METADATA);
    Grant unused =
        grant("ending", GrantEffect.ALLOW, DAY.multipliedBy(29), GrantTerms.DEFAULT, Action.INFER);
    unused =
        grant("denial", GrantEffect.DENY, DAY.multipliedBy(200), GrantTerms.DEFAULT, Action.INFER);
    for (String old : List.of("used", "long-ago", "never-old", "at-limit", "only-read", "denial")) {
      age(old, 120);
    }
    used("used", Action.INFER, Duration.ofHours(1));
    used("long-ago", Action.INFER, DAY.multipliedBy(91));
    used("at-limit", Action.INFER, DAY.multipliedBy(89));
    used("only-read", Action.READ_METADATA, DAY.multipliedBy(1));

    Map<String, AccessReviewLine> lines = byGrant(begin());
    assertEquals(8, lines.size());
    assertEquals(
        Set.of("long-ago", "never-old"), grants(lines, AccessReviewLine::unused), "unused");
    assertEquals(Set.of("ending"), grants(lines, AccessReviewLine::expiring), "expiring");
    assertEquals(Set.of(Action.DEPLOY), line(lines, "used").unusedActions());
    assertEquals(Set.of(Action.INFER), line(lines, "never-old").unusedActions());
    assertEquals(Set.of(Action.INFER), line(lines, "long-ago").unusedActions());
    assertEquals(Set.of(), line(lines, "only-read").unusedActions());
    assertEquals(Set.of(), line(lines, "denial").unusedActions());
    assertTrue(line(lines, "never-old").lastUseTime().isEmpty());
    Instant last = line(lines, "used").lastUseTime().orElseThrow();
    assertTrue(last.isAfter(clock.instant().minus(Duration.ofHours(2))));
  }

  private static Set<String> grants(
      Map<String, AccessReviewLine> lines, java.util.function.Predicate<AccessReviewLine> which) {
    return lines.values().stream()
        .filter(which)
        .map(line -> line.grant().id().value())
        .collect(Collectors.toSet());
  }

  @Test
  void create_ofAllModels_listsThoseOfOthersButNoneThatHasEnded() {
    grant("mine", Action.INFER);
    grant("ended", Action.INFER);
    age("ended", 300);
    sql(
        "update access_grants set expire_time = now() - interval '1 second'"
            + " where model = ? and id = 'ended'",
        model.value());
    ModelName former = model;
    model = new ModelName("other-" + UUID.randomUUID());
    grant("other", Action.INFER);
    AccessReview review =
        change(
            () ->
                reviews.create(
                    new NewAccessReview(Optional.empty(), "", Optional.empty(), 1, 1),
                    AUDITOR,
                    Optional.empty()));
    List<AccessReviewLine> lines = new ArrayList<>();
    int after = 0;
    do {
      List<AccessReviewLine> page = reviews.lines(review.id(), after, 3);
      lines.addAll(page);
      after = page.isEmpty() ? 0 : page.getLast().number();
    } while (after > 0);
    assertEquals(review.lineCount(), lines.size());
    List<String> names =
        lines.stream().map(line -> line.grant().model() + "/" + line.grant().id()).toList();
    assertEquals(names.stream().sorted().distinct().toList(), names);
    assertTrue(names.contains(former + "/mine") && names.contains(model + "/other"));
    assertFalse(names.contains(former + "/ended"));
  }

  @Test
  void decide_certifyAndRevoke_areRecordedOnceAndRevokingTakesTheGrantBack() {
    grant("good", Action.INFER);
    grant("bad", Action.INFER);
    AccessReview review = begin();
    AccessReviewLine certified =
        change(() -> reviews.decide(review.id(), 2, Verdict.CERTIFIED, "needed", AUDITOR));
    AccessReviewLine revoked =
        change(() -> reviews.decide(review.id(), 1, Verdict.REVOKED, "left", ROOT));
    assertEquals("good", certified.grant().id().value());
    AccessReviewLine.Decided decided = certified.decision().orElseThrow();
    assertEquals(Verdict.CERTIFIED, decided.verdict());
    assertEquals(AUDITOR, decided.decider());
    assertEquals("needed", decided.comment());
    assertEquals(List.of(revoked, certified), reviews.lines(review.id(), 0, 10));
    assertEquals(0, reviews.get(review.id()).openLineCount());
    assertEquals("good", grants.get(model, new GrantId("good")).id().value());
    assertRefused(Reason.NOT_FOUND, () -> grants.get(model, new GrantId("bad")));
    for (Verdict verdict : Verdict.values()) {
      assertRefused(
          Reason.STATE_INVALID, () -> reviews.decide(review.id(), 2, verdict, "", AUDITOR));
    }
    assertEquals("good", grants.get(model, new GrantId("good")).id().value());
  }

  @Test
  void decide_grantGoneOrGivenAnew_recordsTheDecisionAndLeavesTheNewOne() {
    grant("gone", Action.INFER);
    grant("new", Action.INFER);
    AccessReview review = begin();
    boolean ignored =
        change(
            () -> {
              grants.delete(model, new GrantId("gone"));
              grants.delete(model, new GrantId("new"));
              return true;
            });
    Grant anew = grant("new", Action.READ_METADATA);
    for (int line = 1; line <= 2; line++) {
      int number = line;
      AccessReviewLine decided =
          change(() -> reviews.decide(review.id(), number, Verdict.REVOKED, "", AUDITOR));
      assertEquals(Verdict.REVOKED, decided.decision().orElseThrow().verdict());
    }
    assertEquals(anew, grants.get(model, new GrantId("new")), "it is not what was reviewed");
  }

  @Test
  void decide_whatMayNotBe_isRefused() {
    grant("g", Action.INFER);
    AccessReview review = begin();
    assertRefused(
        Reason.NOT_FOUND, () -> reviews.decide(review.id(), 2, Verdict.CERTIFIED, "", AUDITOR));
    assertRefused(
        Reason.NOT_FOUND,
        () -> reviews.decide(new AccessReviewId("no-such"), 1, Verdict.CERTIFIED, "", AUDITOR));
    assertRefused(
        Reason.ARGUMENT_INVALID,
        () -> reviews.decide(review.id(), 1, Verdict.REVOKED, "x".repeat(1_001), AUDITOR));
    AccessReview closed = change(() -> reviews.close(review.id()));
    assertTrue(closed.closeTime().isPresent());
    assertEquals(closed, change(() -> reviews.close(review.id())));
    assertRefused(
        Reason.STATE_INVALID, () -> reviews.decide(review.id(), 1, Verdict.REVOKED, "", AUDITOR));
    assertEquals("g", grants.get(model, new GrantId("g")).id().value());
    assertEquals(1, reviews.get(review.id()).openLineCount());
  }

  @Test
  void decision_inTheDatabase_cannotBeChangedByAnybody() {
    grant("g", Action.INFER);
    AccessReview review = begin();
    AccessReviewLine unused =
        change(() -> reviews.decide(review.id(), 1, Verdict.CERTIFIED, "", AUDITOR));
    for (String change :
        List.of("decision = 'REVOKED'", "comment = 'x'", "decider = 'somebody'", "unused = true")) {
      assertThrows(
          PersistenceException.class,
          () ->
              sql(
                  "update access_review_lines set " + change + " where review = ?",
                  review.id().value()),
          change);
    }
  }

  @Test
  void create_whatMayNotBeOrAgain_isRefusedOrTheSame() {
    grant("g", Action.INFER);
    Optional<String> request = Optional.of(UUID.randomUUID().toString());
    AccessReview first = change(() -> reviews.create(wanted(), AUDITOR, request));
    grant("later", Action.INFER);
    assertEquals(first, change(() -> reviews.create(wanted(), AUDITOR, request)));
    for (int days : new int[] {0, -1, 3_661}) {
      assertRefused(
          Reason.ARGUMENT_INVALID,
          () ->
              reviews.create(
                  new NewAccessReview(Optional.empty(), "", Optional.empty(), days, 1),
                  AUDITOR,
                  Optional.empty()));
      assertRefused(
          Reason.ARGUMENT_INVALID,
          () ->
              reviews.create(
                  new NewAccessReview(Optional.empty(), "", Optional.empty(), 1, days),
                  AUDITOR,
                  Optional.empty()));
    }
    assertRefused(
        Reason.ARGUMENT_INVALID,
        () ->
            reviews.create(
                new NewAccessReview(Optional.empty(), "Other", Optional.of(model), 90, 30),
                AUDITOR,
                request));
    assertRefused(
        Reason.ALREADY_EXISTS,
        () ->
            reviews.create(
                new NewAccessReview(Optional.of(first.id()), "", Optional.empty(), 1, 1),
                AUDITOR,
                Optional.empty()));
  }

  @Test
  void create_moreThanMayBeOpen_isRefusedUntilOneIsClosed() {
    List<AccessReviewId> made = new ArrayList<>();
    RefusedException refused = null;
    while (refused == null && made.size() <= AccessReviews.OPEN_MAX) {
      try {
        made.add(begin().id());
      } catch (RefusedException e) {
        refused = e;
      }
    }
    assertTrue(refused != null && refused.refusal().reason() == Reason.STATE_INVALID);
    for (AccessReviewId id : made) {
      AccessReview unused = change(() -> reviews.close(id));
    }
    assertEquals(0, begin().lineCount());
  }

  @Test
  void list_reviews_isNewestFirstAndInPages() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      made.addFirst(begin().id().value());
    }
    List<String> listed = new ArrayList<>();
    AccessReviewId after = null;
    while (listed.size() < 4) {
      List<AccessReview> page = reviews.list(after, 2);
      page.forEach(review -> listed.add(review.id().value()));
      after = page.getLast().id();
    }
    assertEquals(made, listed.subList(0, 4));
    made.forEach(
        id -> {
          AccessReview unused = change(() -> reviews.close(new AccessReviewId(id)));
        });
  }
}
