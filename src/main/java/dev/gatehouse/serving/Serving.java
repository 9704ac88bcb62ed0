package dev.gatehouse.serving;

import dev.gatehouse.abuse.response.Enforcement;
import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.AccessReviews;
import dev.gatehouse.access.ApiKeys;
import dev.gatehouse.access.CallerClients;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.Grants;
import dev.gatehouse.access.IdentityWatch;
import dev.gatehouse.access.Quotas;
import dev.gatehouse.access.Restrictions;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.checkpoint.Checkpointer;
import dev.gatehouse.audit.query.RecordReader;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.ReplicaId;
import dev.gatehouse.registry.Replicas;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The use cases, put together.
 *
 * @param inference runs models
 * @param deployer brings versions up and takes them down
 * @param models administers models
 * @param versions administers versions
 * @param callers administers callers
 * @param grants administers grants
 * @param apiKeys administers API keys
 * @param accessReviews reviews who may do what
 * @param restrictions holds callers to less
 * @param findings reads what callers were found doing
 * @param simulation tells what rules would have found
 * @param audit reads and proves the record
 * @param repository the models as a repository
 * @param enforcement does what the policy against abuse decides
 */
public record Serving(
    Inference inference,
    Deployer deployer,
    ModelAdministration models,
    VersionAdministration versions,
    CallerAdministration callers,
    GrantAdministration grants,
    ApiKeyAdministration apiKeys,
    AccessReviewAdministration accessReviews,
    RestrictionAdministration restrictions,
    FindingReading findings,
    RuleSimulation simulation,
    AuditReading audit,
    Repository repository,
    Enforcement enforcement) {

  /** From so many bytes on, inputs take longer to digest than an event loop is to be kept. */
  static final long DIGESTED_ELSEWHERE_BYTES_MIN = 64 * 1024;

  /** The threads that digest them. */
  static final int DIGEST_THREADS = 2;

  /** How many calls wait for these. */
  static final int DIGESTS_WAITING_MAX = 256;

  private static final Duration DIGEST_THREAD_IDLE_MAX = Duration.ofSeconds(30);

  /**
   * What the use cases work with.
   *
   * @param access decides
   * @param quotas how much may be used
   * @param callerRegistrations callers
   * @param callerClients their clients at the identity provider
   * @param identityWatch how the identity provider differs
   * @param grantRegistrations grants
   * @param apiKeyRegistrations API keys
   * @param accessReviews looks at all grants
   * @param restrictions what callers are held to
   * @param findings what callers were found doing
   * @param registry models and versions
   * @param deployments what runs
   * @param replicas the processes that share the registry
   * @param replica the id of this one, another with each start
   * @param replicaName the name of this one for people; empty for none
   * @param store artifacts
   * @param engine runs models
   * @param controlLog the record of changes
   * @param journal the record of uses
   * @param inputDigests digests of inputs in that
   * @param record reads both records
   * @param checkpointer signs what the record of changes is
   * @param metrics meters
   * @param watch hears of the rows of callers
   * @param watched how much is watched
   * @param defaults what a deployment gets that does not say otherwise
   * @param clock wall time
   * @param ticker monotonic time
   */
  public record Rooms(
      AccessControl access,
      Quotas quotas,
      Callers callerRegistrations,
      CallerClients callerClients,
      IdentityWatch identityWatch,
      Grants grantRegistrations,
      ApiKeys apiKeyRegistrations,
      AccessReviews accessReviews,
      Restrictions restrictions,
      Findings findings,
      Registry registry,
      Deployments deployments,
      Replicas replicas,
      ReplicaId replica,
      String replicaName,
      ArtifactStore store,
      TorchEngine engine,
      ControlLog controlLog,
      AccessJournal journal,
      InputDigests inputDigests,
      RecordReader record,
      Checkpointer checkpointer,
      GatewayMetrics metrics,
      CallObserver watch,
      WatchSettings watched,
      DeploymentSettings defaults,
      InstantSource clock,
      Ticker ticker) {}

  /** Puts the use cases together; nothing runs yet. */
  public static Serving of(Rooms rooms) {
    ModelTable table = new ModelTable(rooms.ticker());
    Administration administration = new Administration(rooms.controlLog(), rooms.ticker());
    Ownership ownership = new Ownership(rooms.registry()::findModel, rooms.access()::authority);
    Catalogue catalogue = new Catalogue(rooms.registry(), table, Deployer::takeDown);
    Deployer deployer = deployer(rooms, administration, table, catalogue);
    VersionAdministration versions =
        new VersionAdministration(
            administration,
            ownership,
            rooms.registry(),
            rooms.deployments(),
            rooms.store(),
            deployer,
            catalogue,
            rooms.defaults(),
            rooms.clock());
    RestrictionAdministration restrictions =
        new RestrictionAdministration(
            administration,
            rooms.restrictions(),
            rooms.findings(),
            rooms.callerRegistrations(),
            rooms.callerClients(),
            rooms.access(),
            rooms.clock(),
            new ClientStops());
    return new Serving(
        new Inference(
            rooms.access(),
            rooms.quotas(),
            table,
            new Recording(rooms.journal(), rooms.inputDigests(), table, rooms.metrics()),
            digesting(),
            rooms.metrics(),
            rooms.watch(),
            rooms.ticker()),
        deployer,
        new ModelAdministration(
            administration,
            ownership,
            rooms.registry(),
            rooms.grantRegistrations(),
            rooms.access(),
            catalogue,
            rooms.inputDigests()::available,
            rooms.clock()),
        versions,
        new CallerAdministration(
            administration,
            rooms.callerRegistrations(),
            rooms.callerClients(),
            rooms.identityWatch(),
            rooms.access(),
            rooms.restrictions()),
        new GrantAdministration(
            administration, ownership, rooms.grantRegistrations(), rooms.access()),
        new ApiKeyAdministration(administration, rooms.apiKeyRegistrations(), rooms.access()),
        new AccessReviewAdministration(
            administration, rooms.accessReviews(), rooms.registry(), rooms.access()),
        restrictions,
        new FindingReading(administration, rooms.findings()),
        new RuleSimulation(rooms.record().calls(), rooms.watched()),
        new AuditReading(
            administration, rooms.record(), rooms.checkpointer(), rooms.inputDigests()),
        new Repository(
            rooms.access(),
            table,
            administration,
            ownership,
            rooms.registry(),
            versions,
            rooms.ticker()),
        new PolicyEnforcement(
            administration, rooms.callerRegistrations(), restrictions, rooms.metrics()));
  }

  /** When too many wait for the threads, who brings another digests it itself. */
  private static Admittance.Digesting digesting() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            DIGEST_THREADS,
            DIGEST_THREADS,
            DIGEST_THREAD_IDLE_MAX.toMillis(),
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(DIGESTS_WAITING_MAX),
            Thread.ofPlatform().daemon().name("gatehouse-digests-", 0).factory(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    threads.allowCoreThreadTimeOut(true);
    return new Admittance.Digesting(threads, DIGESTED_ELSEWHERE_BYTES_MIN);
  }

  private static Deployer deployer(
      Rooms rooms, Administration administration, ModelTable table, Catalogue catalogue) {
    Replica replica =
        new Replica(rooms.replica(), administration, rooms.replicas(), rooms.replicaName());
    return new Deployer(
        administration,
        rooms.deployments(),
        new VersionLoader(
            rooms.store(), rooms.engine(), rooms.metrics(), rooms.clock(), rooms.ticker()),
        table,
        catalogue,
        replica,
        new Outcomes(
            administration, rooms.registry(), rooms.deployments(), replica.id(), rooms.clock()),
        rooms.clock(),
        rooms.ticker());
  }
}
