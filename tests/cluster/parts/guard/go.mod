module beffroi.fr/tests/cluster/guard

go 1.26.0
