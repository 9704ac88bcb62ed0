package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.Grants;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.Registry;
import java.time.InstantSource;

/**
 * The use cases, put together.
 *
 * @param inference runs models
 * @param deployer brings versions up and takes them down
 * @param models administers models
 * @param versions administers versions
 * @param callers administers callers
 * @param grants administers grants
 * @param repository the models as a repository
 */
public record Serving(
    Inference inference,
    Deployer deployer,
    ModelAdministration models,
    VersionAdministration versions,
    CallerAdministration callers,
    GrantAdministration grants,
    Repository repository) {

  /**
   * What the use cases work with.
   *
   * @param access decides
   * @param callerRegistrations callers
   * @param grantRegistrations grants
   * @param registry models and versions
   * @param deployments what runs
   * @param store artifacts
   * @param engine runs models
   * @param audit the record
   * @param metrics meters
   * @param defaults what a deployment gets that does not say otherwise
   * @param clock wall time
   * @param ticker monotonic time
   */
  public record Rooms(
      AccessControl access,
      Callers callerRegistrations,
      Grants grantRegistrations,
      Registry registry,
      Deployments deployments,
      ArtifactStore store,
      TorchEngine engine,
      AuditLog audit,
      GatewayMetrics metrics,
      DeploymentSettings defaults,
      InstantSource clock,
      Ticker ticker) {}

  /** Puts the use cases together; nothing runs yet. */
  public static Serving of(Rooms rooms) {
    ModelTable table = new ModelTable();
    Administration administration = new Administration(rooms.audit(), rooms.ticker());
    Ownership ownership = new Ownership(rooms.registry());
    Catalogue catalogue = new Catalogue(rooms.registry(), table, Deployer::takeDown);
    Deployer deployer =
        new Deployer(
            administration,
            rooms.registry(),
            rooms.deployments(),
            rooms.store(),
            rooms.engine(),
            table,
            catalogue,
            rooms.metrics(),
            rooms.clock(),
            rooms.ticker());
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
    return new Serving(
        new Inference(rooms.access(), table, rooms.audit(), rooms.metrics(), rooms.ticker()),
        deployer,
        new ModelAdministration(
            administration,
            ownership,
            rooms.registry(),
            rooms.grantRegistrations(),
            rooms.access(),
            catalogue,
            rooms.clock()),
        versions,
        new CallerAdministration(administration, rooms.callerRegistrations(), rooms.access()),
        new GrantAdministration(
            administration, ownership, rooms.grantRegistrations(), rooms.access()),
        new Repository(
            rooms.access(),
            table,
            administration,
            ownership,
            rooms.registry(),
            versions,
            rooms.ticker()));
  }
}
