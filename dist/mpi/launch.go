package mpi

import (
	"os"
	"slices"
	"strconv"
)

// launcher is a program that starts processes, by the variables that it gives them.
type launcher struct {
	by         string
	rank, size string
	local      string   // this process's number on its machine
	also       []string // are set too
	apart      bool     // it gives its processes nothing to find one another by
	kind       kind     // the library that belongs to it; either, if ""
	advice     string   // where the library is another one's
}

// toSrun is what to type where srun and the library do not fit.
const toSrun = "start with srun --mpi=pmix (Open MPI) or srun --mpi=pmi2 (MPICH), as the library was built for (srun --mpi=list says what there is)"

// launchers are asked in this order: a launcher can start its processes through one of those behind it. Each way of srun's is a row.
var launchers = []launcher{
	{by: "mpirun", rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", local: "OMPI_COMM_WORLD_LOCAL_RANK", kind: openMPI,
		advice: "this mpirun is Open MPI's: give Open MPI's library, or use the mpirun that belongs to the library"},
	{by: "mpiexec", rank: "PMI_RANK", size: "PMI_SIZE", local: "MPI_LOCALRANKID", also: []string{"MPI_LOCALRANKID"}, kind: mpich,
		advice: "this mpiexec is MPICH's: give MPICH's library, or use the mpirun that belongs to the library"},
	{by: "srun", rank: "PMI_RANK", size: "PMI_SIZE", local: "SLURM_LOCALID", also: []string{"SLURM_STEP_ID"}, kind: mpich, advice: toSrun},
	{by: "a launcher with PMI", rank: "PMI_RANK", size: "PMI_SIZE", kind: mpich,
		advice: "give the library that belongs to the launcher"},
	{by: "srun", rank: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS", local: "SLURM_LOCALID", also: []string{"SLURM_STEP_ID", "PMIX_RANK"}, advice: toSrun},
	{by: "srun", rank: "SLURM_PROCID", size: "SLURM_STEP_NUM_TASKS", local: "SLURM_LOCALID", also: []string{"SLURM_STEP_ID"}, apart: true, advice: toSrun},
	{by: "a launcher with PMIx", rank: "PMIX_RANK",
		advice: "give the library that belongs to the launcher"},
}

// started is the launcher that has started this process, if one has.
func started() (l launcher, rank, size int, ok bool) {
	for _, l := range launchers {
		rank, err := strconv.Atoi(os.Getenv(l.rank))
		if err != nil || slices.ContainsFunc(l.also, func(name string) bool { return os.Getenv(name) == "" }) {
			continue
		}
		if l.size != "" {
			if size, err = strconv.Atoi(os.Getenv(l.size)); err != nil {
				continue
			}
		}
		return l, rank, size, true
	}
	return launcher{}, 0, 0, false
}

// Launched tells from the environment alone whether an MPI launcher has started this process as one of a job, also where the job is one
// process: mpirun (Open MPI), mpiexec (MPICH and its kin), srun (Slurm), or one that tells no name, and maybe no size, which is then 0.
func Launched() (by string, rank, size int, ok bool) {
	l, rank, size, ok := started()
	return l.by, rank, size, ok
}

// FirstHere tells, as Launched does, whether this process is the first of its machine; it is, where the launcher does not say.
func FirstHere() bool {
	l, _, _, ok := started()
	n, err := strconv.Atoi(os.Getenv(l.local))
	return !ok || err != nil || n == 0
}
