// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/call_text.h"

#include "engine/net/address.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <exception>

namespace swb::workbench {

namespace {

constexpr std::size_t kLongestLiteral = 60; // bytes of a buffer that are shown as a literal

/// Text with the escapes that mean the same in C++ and C#.
std::string literalOf(const Bytes& bytes)
{
    if (bytes.size() > kLongestLiteral)
        return {};
    std::string text = "\"";
    for (const std::byte byte : bytes) {
        const auto c = static_cast<unsigned char>(byte);
        switch (c) {
        case '\n':
            text += "\\n";
            break;
        case '\r':
            text += "\\r";
            break;
        case '\t':
            text += "\\t";
            break;
        case '"':
        case '\\':
            text += '\\';
            text += static_cast<char>(c);
            break;
        default:
            if (c < 0x20 || c >= 0x7f)
                return {}; // no text: an array says more
            text += static_cast<char>(c);
        }
    }
    return text + '"';
}

struct FlagName {
    TransmitFileOptions flag;
    const char* name;
};
constexpr std::array<FlagName, 5> kFlags{{{TransmitFileOptions::Disconnect, "Disconnect"},
    {TransmitFileOptions::ReuseSocket, "ReuseSocket"},
    {TransmitFileOptions::WriteBehind, "WriteBehind"},
    {TransmitFileOptions::UseSystemThread, "UseSystemThread"},
    {TransmitFileOptions::UseKernelApc, "UseKernelApc"}}};

std::string flagsText(TransmitFileOptions flags, const char* scope)
{
    std::string text;
    for (const auto& [flag, name] : kFlags) {
        if (hasFlag(flags, flag))
            text += (text.empty() ? "" : " | ") + std::string(scope) + name;
    }
    return text;
}

std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + '"';
}

/// "127.0.0.1" and 9000 of "tcp://127.0.0.1:9000"; empty for others.
struct Target {
    std::string host;
    std::uint16_t port = 0;
    std::string path;
};
Target targetOf(const std::string& text)
{
    Target target;
    try {
        const Address address = Address::parse(text);
        if (address.endPoint.kind() == EndPoint::Kind::Unix) {
            target.path = address.endPoint.name();
        } else {
            std::string whole = address.endPoint.toString();
            whole.resize(whole.rfind(':'));
            if (!whole.empty() && whole.front() == '[')
                whole = whole.substr(1, whole.size() - 2);
            target.host = whole;
            target.port = address.endPoint.port();
        }
    } catch (const std::exception&) {
        // Not an address: the code then says where one belongs.
    }
    return target;
}

const char* cppCall(SocketAsyncOperation kind)
{
    switch (kind) {
    case SocketAsyncOperation::Accept:
        return "acceptAsync";
    case SocketAsyncOperation::Connect:
        return "connectAsync";
    case SocketAsyncOperation::Disconnect:
        return "disconnectAsync";
    case SocketAsyncOperation::Receive:
        return "receiveAsync";
    case SocketAsyncOperation::ReceiveFrom:
        return "receiveFromAsync";
    case SocketAsyncOperation::ReceiveMessageFrom:
        return "receiveMessageFromAsync";
    case SocketAsyncOperation::SendPackets:
        return "sendPacketsAsync";
    case SocketAsyncOperation::SendTo:
        return "sendToAsync";
    case SocketAsyncOperation::Send:
    case SocketAsyncOperation::None:
        break;
    }
    return "sendAsync";
}

bool needsRemote(SocketAsyncOperation kind)
{
    return kind == SocketAsyncOperation::Connect || kind == SocketAsyncOperation::SendTo
        || kind == SocketAsyncOperation::ReceiveFrom
        || kind == SocketAsyncOperation::ReceiveMessageFrom;
}

bool receives(SocketAsyncOperation kind)
{
    return kind == SocketAsyncOperation::Receive || kind == SocketAsyncOperation::ReceiveFrom
        || kind == SocketAsyncOperation::ReceiveMessageFrom;
}

/// What differs between the two languages.
struct Language {
    bool cpp;

    std::string buffer(const CallPart& part, std::size_t number) const
    {
        const std::string name = fmt::format("data{}", number);
        if (!part.literal.empty()) {
            return cpp
                ? fmt::format("const std::string_view {} = {};", name, part.literal)
                : fmt::format("byte[] {} = Encoding.ASCII.GetBytes({});", name, part.literal);
        }
        const std::string size = part.size < 0 ? "SIZE" : std::to_string(part.size);
        return cpp ? fmt::format("std::vector<std::byte> {}({}); // {}", name, size, part.label)
                   : fmt::format("byte[] {} = new byte[{}]; // {}", name, size, part.label);
    }

    std::string span(const CallPart& part, std::size_t number) const
    {
        const std::string name = fmt::format("data{}", number);
        if (!cpp)
            return name;
        return part.literal.empty() ? name : fmt::format("std::as_bytes(std::span({}))", name);
    }

    std::string element(const CallPart& part, std::size_t number) const
    {
        const std::string end = part.endOfPacket ? ", true" : "";
        if (!part.isFile) {
            const std::string data = span(part, number);
            if (cpp)
                return fmt::format("swb::SendPacketsElement::buffer({}{})", data, end);
            return part.endOfPacket
                ? fmt::format("new SendPacketsElement({0}, 0, {0}.Length, true)", data)
                : fmt::format("new SendPacketsElement({})", data);
        }
        const std::string range = part.offset != 0 || part.count != 0 || part.endOfPacket
            ? fmt::format(", {}, {}", part.offset, part.count)
            : std::string();
        const char* const make = cpp ? "swb::SendPacketsElement::file" : "new SendPacketsElement";
        return fmt::format("{}({}{}{})", make, quoted(part.path), range, end);
    }

    std::string remote(const std::string& text) const
    {
        const Target target = targetOf(text);
        if (!target.path.empty()) {
            return (cpp ? "swb::EndPoint::unixDomain(" : "new UnixDomainSocketEndPoint(")
                + quoted(target.path) + ')';
        }
        if (target.host.empty())
            return "remote";
        return cpp ? fmt::format("swb::EndPoint::ip({}, {})", quoted(target.host), target.port)
                   : fmt::format(
                       "new IPEndPoint(IPAddress.Parse({}), {})", quoted(target.host), target.port);
    }

    std::string set(const char* cppName, const char* sharpName, const std::string& value) const
    {
        return cpp ? fmt::format("e.{}({});", cppName, value)
                   : fmt::format("e.{} = {};", sharpName, value);
    }

    /// "e.setSendPacketsElements({\n    a,\n    b,\n});"
    std::string elements(const std::vector<CallPart>& parts) const
    {
        std::string text
            = cpp ? "e.setSendPacketsElements({\n" : "e.SendPacketsElements = new[]\n{\n";
        for (std::size_t i = 0; i < parts.size(); ++i)
            text += "    " + element(parts[i], i + 1) + ",\n";
        return text + (cpp ? "});" : "};");
    }

    std::string callName(SocketAsyncOperation kind) const
    {
        std::string name = cppCall(kind);
        if (!cpp)
            name.front()
                = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
        return name;
    }

    std::string preamble() const
    {
        return cpp ? "swb::SocketAsyncEventArgs e;\n"
                     "e.onCompleted([](swb::Socket& socket, swb::SocketAsyncEventArgs& done) {\n"
                     "    ended(done); // on a worker thread\n"
                     "});\n"
                   : "var e = new SocketAsyncEventArgs();\n"
                     "e.Completed += (socket, done) => Ended(done); // on a thread pool thread\n";
    }

    std::string start(SocketAsyncOperation kind) const
    {
        return cpp
            ? fmt::format("if (!socket.{}(e))\n    ended(e); // false: over already, no event\n",
                callName(kind))
            : fmt::format("if (!socket.{}(e))\n    Ended(e); // false: over already, no event\n",
                callName(kind));
    }
};

std::string inLanguage(const CallDescription& call, Language language)
{
    std::string code;
    const auto line = [&code](const std::string& text) { code += text + '\n'; };
    for (std::size_t i = 0; i < call.parts.size(); ++i) {
        if (!call.parts[i].isFile)
            line(language.buffer(call.parts[i], i + 1));
    }
    const bool oneBuffer = call.kind != SocketAsyncOperation::SendPackets;
    if (call.parts.empty() && call.bufferSize > 0) {
        CallPart part;
        part.size = static_cast<std::int64_t>(call.bufferSize);
        part.label = receives(call.kind) ? "room to receive" : "bytes to send";
        line(language.buffer(part, 1));
    }
    code += language.preamble();
    if (needsRemote(call.kind))
        line(language.set("setRemoteEndPoint", "RemoteEndPoint", language.remote(call.target)));
    if (call.kind == SocketAsyncOperation::SendPackets) {
        line(language.elements(call.parts));
        const std::string flags = flagsText(
            call.flags, language.cpp ? "swb::TransmitFileOptions::" : "TransmitFileOptions.");
        if (!flags.empty())
            line(language.set("setSendPacketsFlags", "SendPacketsFlags", flags));
        if (call.sendSize != 0) {
            line(language.set(
                "setSendPacketsSendSize", "SendPacketsSendSize", std::to_string(call.sendSize)));
        }
    } else if (oneBuffer && (!call.parts.empty() || call.bufferSize > 0)) {
        const CallPart part = call.parts.empty() ? CallPart{} : call.parts.front();
        line(language.cpp ? fmt::format("e.setBuffer({});", language.span(part, 1))
                          : std::string("e.SetBuffer(data1, 0, data1.Length);"));
    }
    code += language.start(call.kind);
    return code;
}

} // namespace

CallPart CallPart::of(const QueueItem& item)
{
    CallPart part;
    part.isFile = item.isFile();
    part.label = item.label();
    part.size = item.size();
    part.endOfPacket = item.endOfPacket;
    if (const auto* file = std::get_if<FilePayload>(&item.payload)) {
        part.path = file->path;
        part.offset = file->offset;
        part.count = file->count;
    } else {
        part.literal = literalOf(*std::get<BufferPayload>(item.payload).bytes);
    }
    return part;
}

std::string asCpp(const CallDescription& call)
{
    return inLanguage(call, Language{true});
}

std::string asCSharp(const CallDescription& call)
{
    return inLanguage(call, Language{false});
}

} // namespace swb::workbench
