using System.Buffers.Binary;
using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck.Tpm;

/// <summary>
/// The control channel of swtpm: a command as <c>u32 number, arguments</c>, an answer that begins with <c>u32 result</c>, all big-endian
/// (swtpm_ioctls(3)). The server serves one client at a time, so nobody else may hold the channel.
/// <code>
/// 2  INIT           u32 flags                                     -> u32 result
/// 3  SHUTDOWN                                                     -> u32 result
/// 12 GET_STATEBLOB  u32 flags, u32 kind, u32 offset               -> u32 result, u32 flags, u32 total, u32 n, n bytes
/// 13 SET_STATEBLOB  u32 flags, u32 kind, u32 n, n bytes           -> u32 result
/// </code>
/// </summary>
internal sealed class SwtpmControl(Stream channel) : IDisposable
{
    private const uint Initialise = 2;
    private const uint ShutDown = 3;
    private const uint GetState = 12;
    private const uint SetState = 13;

    /// <summary>State of a TPM 2.0 has some tens of kilobytes.</summary>
    private const int MostState = 1 << 20;

    public async Task<TpmBlob> SaveAsync(TpmBlobKind kind, CancellationToken cancellation)
    {
        using MemoryStream content = new();
        while (true)
        {
            byte[] header = await CallAsync(GetState, [0, (uint)kind, (uint)content.Length], default, 16, cancellation).ConfigureAwait(false);
            uint flags = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            uint total = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
            uint count = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
            if (total is 0 or > MostState || count == 0 || content.Length + count > total)
                throw new FactoryException(TpmFaults.BadAnswer($"the {kind} state is said to have {total} bytes, and to come in a part of {count}"));
            byte[] part = new byte[count];
            await ReadAsync(part, cancellation).ConfigureAwait(false);
            content.Write(part);
            if (content.Length == total)
                return new TpmBlob(kind, flags, content.ToArray());
        }
    }

    public Task LoadAsync(TpmBlob blob, CancellationToken cancellation) =>
        CallAsync(SetState, [blob.Flags, (uint)blob.Kind, (uint)blob.Content.Length], blob.Content, 4, cancellation);

    /// <summary>Starts the TPM with the state that was loaded.</summary>
    public Task InitialiseAsync(CancellationToken cancellation) => CallAsync(Initialise, [0], default, 4, cancellation);

    /// <summary>Ends the server.</summary>
    public Task ShutDownAsync(CancellationToken cancellation) => CallAsync(ShutDown, [], default, 4, cancellation);

    public void Dispose() => channel.Dispose();

    private async Task<byte[]> CallAsync(uint command, uint[] arguments, ReadOnlyMemory<byte> data, int answerSize, CancellationToken cancellation)
    {
        byte[] request = new byte[4 + (4 * arguments.Length) + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(request, command);
        for (int index = 0; index < arguments.Length; index++)
            BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(4 + (4 * index)), arguments[index]);
        data.Span.CopyTo(request.AsSpan(4 + (4 * arguments.Length)));
        byte[] answer = new byte[answerSize];
        try
        {
            await channel.WriteAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new FactoryException(TpmFaults.BadAnswer(e.Message), e);
        }

        await ReadAsync(answer, cancellation).ConfigureAwait(false);
        uint result = BinaryPrimitives.ReadUInt32BigEndian(answer);
        return result == 0 ? answer : throw new FactoryException(TpmFaults.Refused($"command {command} of the control channel", result));
    }

    private async Task ReadAsync(byte[] into, CancellationToken cancellation)
    {
        try
        {
            await channel.ReadExactlyAsync(into, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new FactoryException(TpmFaults.BadAnswer(e.Message), e);
        }
    }
}

/// <summary>Kinds of state, by swtpm's number.</summary>
internal enum TpmBlobKind : uint
{
    /// <summary>Seeds, hierarchies, NV memory.</summary>
    Permanent = 1,

    /// <summary>What a running TPM holds, registers among it.</summary>
    Volatile = 2,
}

internal sealed record TpmBlob(TpmBlobKind Kind, uint Flags, byte[] Content);
