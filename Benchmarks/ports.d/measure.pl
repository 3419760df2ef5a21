# SPDX-License-Identifier: Apache-2.0
#
# measure.pl - runs commands in turn and prints the medians of what they took
#
#   perl measure.pl ROUNDS TOP-UP <commands
#
# Each line: title, tab, the title of what it is compared with (or -), tab, a command of sh(1). TOP-UP
# is run before each round, and not counted. Every second round goes backwards. Markdown on stdout.
use strict;
use warnings;

my ($rounds, $top_up) = @ARGV;
my @rows = map { chomp; [split /\t/] } <STDIN>;
my (%wall, %cpu);
for my $round (1 .. $rounds) {
    system($top_up) == 0 or die "$top_up failed\n";
    for my $row ($round % 2 ? @rows : reverse @rows) {
        my ($title, undef, $command) = @$row;
        open my $clock, "-|", "bash", "-c", 'TIMEFORMAT="%3R %3U %3S"; { time sh -c "$0" >/dev/null 2>&1; } 2>&1',
            $command or die $!;
        my ($wall, $user, $system) = map { 1000 * $_ } split " ", <$clock>;
        close $clock;
        push @{$wall{$title}}, $wall;
        push @{$cpu{$title}}, $user + $system;
    }
}

sub median { my @sorted = sort { $a <=> $b } @_; $sorted[$#sorted / 2] }

print "| question | asked of | wall ms | of the bare dump | CPU ms | of the bare dump |\n";
print "|---|---|---:|---:|---:|---:|\n";
for my $row (@rows) {
    my ($title, $base) = @$row;
    my ($question, $tool) = split /: /, $title, 2;
    my ($wall, $cpu) = (median(@{$wall{$title}}), median(@{$cpu{$title}}));
    my ($of_wall, $of_cpu) = map { sprintf "%.2f", $_ }
        $wall / median(@{$wall{$base}}), $cpu / (median(@{$cpu{$base}}) || 1);
    printf "| %s | %s | %.0f | %s | %.0f | %s |\n", $question, $tool, $wall, $of_wall, $cpu, $of_cpu;
}
