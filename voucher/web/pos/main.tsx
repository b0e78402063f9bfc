import '../shared/base.css';
import { render } from 'preact';

// The room is laid out; the page itself is built here.
render(
    <main id="main">
        <h1>惠券 · 收银终端</h1>
        <p>
            本页尚未启用，请使用接口或命令行。 This page is not in service yet: use the API or the
            command line.
        </p>
        <p>
            <a href="/docs">API</a>
        </p>
    </main>,
    document.getElementById('app')!,
);
