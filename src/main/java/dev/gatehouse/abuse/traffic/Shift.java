package dev.gatehouse.abuse.traffic;

/**
 * How far the last minute is from what was usual, in logarithms. Ask for both: with a steady caller
 * a small factor gives a large z, with an unsteady one a large factor means little.
 *
 * @param z the difference of the means in deviations of the baseline; negative where it fell
 * @param factor the last minute over what was usual; 1 where nothing changed
 */
public record Shift(double z, double factor) {}
