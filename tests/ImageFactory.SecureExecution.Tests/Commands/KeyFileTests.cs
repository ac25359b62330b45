using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Commands;

public sealed class KeyFileTests
{
    [Fact]
    public void A_key_goes_to_a_file_of_its_owner_alone()
    {
        using ScratchFolder scratch = new();
        using SecretBytes key = new([1, 2, 3]);

        KeyFile.Write(scratch["key"], key);

        Assert.Equal([1, 2, 3], File.ReadAllBytes(scratch["key"]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch["key"]));
    }

    [Fact]
    public void An_existing_file_is_never_overwritten_with_a_key()
    {
        using ScratchFolder scratch = new();
        using SecretBytes key = new([1, 2, 3]);
        File.WriteAllText(scratch["key"], "mine");

        FactoryException exception = Assert.Throws<FactoryException>(() => KeyFile.Write(scratch["key"], key));

        Assert.Equal("IFS256", exception.Faults[0].Code);
        Assert.Equal("mine", File.ReadAllText(scratch["key"]));
    }

    [Fact]
    public void No_fault_of_a_key_file_shows_what_is_in_it()
    {
        using ScratchFolder scratch = new();
        File.WriteAllText(scratch["key"], "0123456789abcdef0123456789abcdef-too-long");
        List<Fault> faults = [];

        using SecretBytes? key = OwnerKeys.ReadKey(scratch["key"], faults);

        Assert.Equal(41, key!.Length);
        Assert.DoesNotContain("0123456789", $"{key} {string.Join('\n', faults)}", StringComparison.Ordinal);
    }
}
