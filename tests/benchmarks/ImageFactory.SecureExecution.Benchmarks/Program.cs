using ImageFactory.SecureExecution.Benchmarks;

// Arguments: a folder with room for 1.3 GB, and rounds (3). Prints ratios: absolute times say nothing about another machine.
string folder = args.Length > 0 ? args[0] : Path.GetTempPath();
int rounds = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 3;
using BenchmarkInputs inputs = new(folder);
await new ImageBenchmark(inputs).RunAsync(rounds);
await new HostKeyBenchmark(inputs).RunAsync();
ReferenceValueBenchmark.Run(inputs);
