// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/connection_words.h"

#include <QCoreApplication>

namespace swb::ui {

using workbench::ConnectionState;
using workbench::NodeKind;

StateLook lookOf(ConnectionState state)
{
    const auto tr
        = [](const char* text) { return QCoreApplication::translate("ConnectionState", text); };
    switch (state) {
    case ConnectionState::Idle:
        return {tr("not connected"), QStringLiteral("state-idle"), Tone::Quiet};
    case ConnectionState::Connecting:
        return {tr("connecting"), QStringLiteral("state-connecting"), Tone::Waiting};
    case ConnectionState::Connected:
        return {tr("connected"), QStringLiteral("state-connected"), Tone::Good};
    case ConnectionState::PeerEnded:
        return {tr("peer ended"), QStringLiteral("state-peer-ended"), Tone::Waiting};
    case ConnectionState::Closed:
        return {tr("closed"), QStringLiteral("state-closed"), Tone::Quiet};
    case ConnectionState::Failed:
        break;
    }
    return {tr("failed"), QStringLiteral("state-failed"), Tone::Bad};
}

StateLook lookOf(const workbench::NodeSnapshot& node)
{
    if (node.kind == NodeKind::Client || node.kind == NodeKind::Accepted)
        return lookOf(node.connection.state);
    if (node.problem)
        return lookOf(ConnectionState::Failed);
    if (node.listening)
        return {QCoreApplication::translate("ConnectionState", "listening"),
            QStringLiteral("state-listening"), Tone::Good};
    return {QCoreApplication::translate("ConnectionState", "stopped"),
        QStringLiteral("state-closed"), Tone::Quiet};
}

QString peerName(const workbench::NodeSnapshot& peer)
{
    if (!peer.peerKind)
        return {};
    return QCoreApplication::translate("ConnectionState", "%1 peer")
        .arg(QString::fromStdString(peers::toString(*peer.peerKind)));
}

} // namespace swb::ui
