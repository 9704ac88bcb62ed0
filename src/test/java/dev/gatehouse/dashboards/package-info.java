/**
 * The Grafana dashboards of {@code deploy/grafana/dashboards}, which are made from {@link
 * dev.gatehouse.dashboards.Dashboard} and its panels, and the rules that they keep. Which runbooks
 * a panel leads to is worked out by {@link dev.gatehouse.dashboards.Runbooks} from the rules of
 * alerts.
 *
 * <p>{@code DashboardsTest} compares the files with what is written here, and with {@code
 * -Dgatehouse.docs.write=true} writes them anew; {@code DashboardsIT} runs every query of the files
 * against a real Prometheus.
 */
@NullMarked
package dev.gatehouse.dashboards;

import org.jspecify.annotations.NullMarked;
