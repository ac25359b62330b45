using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>Gets the header key as a machine does: with its private host key. Real ones never leave a machine; tests have some.</summary>
public static class HeaderKeyRecovery
{
    /// <exception cref="FactoryException">IFS409: the customer key is damaged. IFS510: no slot for this key. IFS511: the slot is damaged.</exception>
    public static SecretBytes FromHostKey(SecureExecutionHeader header, ECDiffieHellman hostKey, string where)
    {
        HostPublicKey host = new(hostKey.ExportParameters(false).Q);
        HostPublicKey customer = DecodeCustomerKey(header, where);
        KeySlot slot = header.KeySlots.FirstOrDefault(s => s.Phkh == host.Phkh) ?? throw new FactoryException(UnpackFaults.NoSlot(where, host.Phkh));
        try
        {
            return slot.Unwrap(hostKey, customer);
        }
        catch (AuthenticationTagMismatchException cause)
        {
            throw new FactoryException(UnpackFaults.BadSlot(where, host.Phkh), cause);
        }
    }

    private static HostPublicKey DecodeCustomerKey(SecureExecutionHeader header, string where)
    {
        try
        {
            return HostPublicKey.Decode(header.CustomerKey);
        }
        catch (CryptographicException cause)
        {
            throw new FactoryException(HeaderFaults.BadCustomerKey(where), cause);
        }
    }
}
