/**
 * Launchers of the real servers which Gatehouse works with: Keycloak, PostgreSQL, Prometheus and
 * Alertmanager where the machine has them, and the packaged gateway itself as a process of its own.
 * Integration tests, the quickstart and the benchmark use the same ones.
 *
 * <p>Owns: every child process they start. One hook of the Java virtual machine stops them, the one
 * started last first, and {@link dev.gatehouse.testing.Leash} ends them when the virtual machine
 * dies without running its hooks. Children do not hear the terminal's Ctrl-C, where the system can
 * shield them from it; the program which started them decides the order.
 *
 * <p>Threads: a server object may be used by several threads; starting and stopping one server is
 * serialised by its own lock. Waiting for a server polls it.
 *
 * <p>Bounds: starting Keycloak {@link dev.gatehouse.testing.KeycloakServer#START_MAX}, preparing it
 * once {@link dev.gatehouse.testing.KeycloakDistribution#PREPARE_MAX}, starting the gateway {@link
 * dev.gatehouse.testing.GatewayProcess#START_MAX}, starting PostgreSQL {@link
 * dev.gatehouse.testing.PostgresServer#START_MAX}, starting Prometheus {@link
 * dev.gatehouse.testing.PrometheusServer#START_MAX}, Alertmanager {@link
 * dev.gatehouse.testing.AlertmanagerServer#START_MAX}, one run of promtool {@link
 * dev.gatehouse.testing.Promtool#RUN_MAX}, of amtool {@link dev.gatehouse.testing.Amtool#RUN_MAX},
 * stopping any of them {@link dev.gatehouse.testing.ChildProcess#STOP_MAX}, one HTTP exchange
 * {@link dev.gatehouse.testing.Http#EXCHANGE_MAX}, one login {@link
 * dev.gatehouse.testing.OidcLogin#REDIRECTS_MAX} redirects.
 */
@NullMarked
package dev.gatehouse.testing;

import org.jspecify.annotations.NullMarked;
