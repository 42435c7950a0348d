"""The proof in lockstep alone: right rewrites of control flow, and wrong ones of many kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.lower import lower
from compiler.toolchain import wheel_clang
from verify.ir.load import parsed
from verify.lockstep import cycles
from verify.lockstep.programs import Program
from verify.lockstep.proof import prove
from verify.lockstep.walk import Edge
from verify.problem import Limits, Problem, Side
from verify.verdict import NotProved, Proved, Unsupported

HEAD = "void g(int); int h(int); void ga(int *); extern volatile int V; extern int G;\n"

RIGHT = (
    (
        "deadload",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);int t=a[i];t=t;g(a[i]);}}",
    ),
    (
        "ovf",
        "void f(int*a,int s,int n){for(int i=s;i<n;i++)g(i);}",
        ("void f(int*a,int s,int n){int i;for(i=s;i<n&&i+1<n;i+=2){g(i);g(i+1);}for(;i<n;i++)g(i);}"),
    ),
    (
        "ovf2",
        "void f(int s,int n){for(int i=s;i<n;i+=2)g(i);}",
        "void f(int s,int n){for(int i=s;i<n;i+=2){g(i);i+=2;if(!(i<n))break;g(i);}}",
    ),
    (
        "le",
        "void f(int s,int n){for(int i=s;i<=n;i++)g(i);}",
        "void f(int s,int n){for(int i=s;i<=n;i++){g(i);i++;if(!(i<=n))break;g(i);}}",
    ),
    ("inf", "void f(int*p){while(*p)g(0);}", "void f(int*p){for(;*p;){g(0);if(!*p)break;g(0);}}"),
    (
        "silent",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=i^3;return s;}",
        "int f(int n){int s=0;int i=0;while(i<n){s+=i^3;i++;if(i>=n)break;s+=i^3;i++;}return s;}",
    ),
    (
        "while1",
        "void f(volatile int*p){while(1){if(*p)break;}}",
        "void f(volatile int*p){while(1){if(*p)break;if(*p)break;}}",
    ),
    (
        "vol",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=V;return s;}",
        ("int f(int n){int s=0;int i=0;for(;i<n&&i+1<n;i+=2){s+=V;s+=V;}for(;i<n;i++)s+=V;return s;}"),
    ),
    (
        "addr",
        "void f(int n){for(int i=0;i<n;i++){int b[4]={0};ga(b);}}",
        ("void f(int n){for(int i=0;i<n;i++){{int b[4]={0};ga(b);}i++;if(i>=n)break;{int b[4]={0};ga(b);}}}"),
    ),
    (
        "types",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=0;}",
        "void f(int*a,int n){int i=0;while(i<n){a[i]=0;++i;}}",
    ),
    (
        "sign",
        "void f(unsigned s,unsigned n){for(unsigned i=s;i<n;i++)g(i);}",
        (
            "void f(unsigned s,unsigned n){unsigned "
            "i;for(i=s;i<n&&i+1<n;i+=2){g(i);g(i+1);}for(;i<n;i++)g(i);}"
        ),
    ),
    (
        "divst",
        "void f(int*p,int a,int b){*p=1;p[1]=a/b;}",
        "void f(int*p,int a,int b){int q=a/b;*p=1;p[1]=q;}",
    ),
    (
        "ptr",
        "void f(char*p,char*e){while(p<e){g(*p);p++;}}",
        "void f(char*p,char*e){while(p<e){g(*p);p++;if(!(p<e))break;g(*p);p++;}}",
    ),
    (
        "swsw",
        (
            "void f(int*a,int n){for(int i=0;i<n;i++)switch(a[i]){case 1:g(1);case "
            "2:g(2);break;default:g(3);}}"
        ),
        (
            "void f(int*a,int n){for(int i=0;i<n;i++){int t=a[i];if(t==1){g(1);g(2);}else "
            "if(t==2)g(2);else g(3);}}"
        ),
    ),
    (
        "float",
        "float f(float*a,int n){float s=0;for(int i=0;i<n;i++)s+=a[i];return s;}",
        (
            "float f(float*a,int n){float s=0;int "
            "i;for(i=0;i<n&&i+1<n;i+=2){s+=a[i];s+=a[i+1];}for(;i<n;i++)s+=a[i];return s;}"
        ),
    ),
    (
        "nan",
        "void f(float x,float y){if(x<y)g(1);else g(2);}",
        "void f(float x,float y){if(!(x<y))g(2);else g(1);}",
    ),
    (
        "two",
        "void f(int*a,int n,int m){for(int i=0;i<n;i++)for(int j=0;j<m;j++)g(a[i]+j);}",
        (
            "void f(int*a,int n,int m){for(int i=0;i<n;i++){for(int "
            "j=0;j<m;j++)g(a[i]+j);i++;if(!(i<n))break;for(int j=0;j<m;j++)g(a[i]+j);}}"
        ),
    ),
)

WRONG = (
    (
        "order",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(a[i]);g(i);}}",
    ),
    (
        "loadhoist",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){int t=a[i];g(i);g(t);}}",
    ),
    (
        "loadhoist",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){int t=a[0];for(int i=0;i<n;i++){g(i);g(a[i]);}(void)t;}",
    ),
    (
        "deadload",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){int t=a[i];t=t;g(i);g(a[i]);}}",
    ),
    (
        "deadload",
        "void f(int*a,int n){for(int i=0;i<n;i++){g(i);g(a[i]);}}",
        "void f(int*a,int n){int t=a[n-1];t=t;for(int i=0;i<n;i++){g(i);g(a[i]);}}",
    ),
    (
        "store",
        "void f(int*a,int n){for(int i=0;i<n;i++)if(a[i])a[i]=1;}",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=a[i]?1:a[i];}",
    ),
    (
        "store",
        "void f(int*a,int n){for(int i=0;i<n;i++)if(a[i])a[i]=1;}",
        "void f(int*a,int n){for(int i=0;i<n;i++){if(a[i])a[i]=1;else a[i]=0;}}",
    ),
    (
        "lost0",
        "void f(int*a,int n){int i=0;do{a[i]=i;i++;}while(i<n);}",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=i;}",
    ),
    (
        "dowhile",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=i;}",
        "void f(int*a,int n){int i=0;do{a[i]=i;i++;}while(i<n);}",
    ),
    (
        "dowhile",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=i;}",
        "void f(int*a,int n){for(int i=0;i<n-1;i+=2){a[i]=i;a[i+1]=i+1;} if(n&1)a[n-1]=n-1;}",
    ),
    (
        "ovf",
        "void f(int*a,int s,int n){for(int i=s;i<n;i++)g(i);}",
        "void f(int*a,int s,int n){int i;for(i=s;i+1<n;i+=2){g(i);g(i+1);}for(;i<n;i++)g(i);}",
    ),
    (
        "ovf",
        "void f(int*a,int s,int n){for(int i=s;i<n;i++)g(i);}",
        "void f(int*a,int s,int n){int i;for(i=s;i<n-1;i+=2){g(i);g(i+1);}for(;i<n;i++)g(i);}",
    ),
    (
        "ovf2",
        "void f(int s,int n){for(int i=s;i<n;i+=2)g(i);}",
        "void f(int s,int n){int i;for(i=s;i<n&&i+2<n;i+=4){g(i);g(i+2);}for(;i<n;i+=2)g(i);}",
    ),
    (
        "le",
        "void f(int s,int n){for(int i=s;i<=n;i++)g(i);}",
        "void f(int s,int n){int i;for(i=s;i<=n&&i+1<=n;i+=2){g(i);g(i+1);}for(;i<=n;i++)g(i);}",
    ),
    ("inf", "void f(int*p){while(*p)g(0);}", "void f(int*p){if(*p)for(;;)g(0);}"),
    ("inf", "void f(int*p){while(*p)g(0);}", "void f(int*p){int t=*p;while(t)g(0);}"),
    (
        "silent",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=i^3;return s;}",
        "int f(int n){int s=0;for(int i=0;i!=n;i++)s+=i^3;return s;}",
    ),
    (
        "silent",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=i^3;return s;}",
        "int f(int n){int s=0;for(int i=0;i<n;)s+=i^3;return s;}",
    ),
    ("while1", "void f(volatile int*p){while(1){if(*p)break;}}", "void f(volatile int*p){while(!*p)*p;}"),
    ("endless", "void f(int*p,int c){while(1){if(c)break;}*p=1;}", "void f(int*p,int c){while(!c){}*p=1;}"),
    ("endless", "void f(int*p,int c){while(1){if(c)break;}*p=1;}", "void f(int*p,int c){*p=1;}"),
    (
        "vol",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=V;return s;}",
        "int f(int n){int s=0;int v=V;for(int i=0;i<n;i++)s+=v;return s;}",
    ),
    (
        "vol",
        "int f(int n){int s=0;for(int i=0;i<n;i++)s+=V;return s;}",
        "int f(int n){int s=0;for(int i=0;i<n;i+=2){s+=V;s+=V;}return s;}",
    ),
    (
        "volst",
        "void f(int n){for(int i=0;i<n;i++){V=i;G=i;}}",
        "void f(int n){for(int i=0;i<n;i++){G=i;V=i;}}",
    ),
    (
        "uninit",
        "int f(int*a,int n){int x=0;for(int i=0;i<n;i++)x=a[i];return x;}",
        "int f(int*a,int n){int x;for(int i=0;i<n;i++)x=a[i];return x;}",
    ),
    (
        "uninit2",
        "int f(int*a,int n){int r=0;for(int i=0;i<n;i++){int x=0;if(a[i])x=a[i];r+=x;}return r;}",
        "int f(int*a,int n){int r=0;for(int i=0;i<n;i++){int x;if(a[i])x=a[i];r+=x;}return r;}",
    ),
    (
        "uninit2",
        "int f(int*a,int n){int r=0;for(int i=0;i<n;i++){int x=0;if(a[i])x=a[i];r+=x;}return r;}",
        "int f(int*a,int n){int r=0,x=0;for(int i=0;i<n;i++){if(a[i])x=a[i];r+=x;}return r;}",
    ),
    (
        "addr",
        "void f(int n){for(int i=0;i<n;i++){int b[4]={0};ga(b);}}",
        "void f(int n){int b[4]={0};for(int i=0;i<n;i++){ga(b);}}",
    ),
    (
        "addr",
        "void f(int n){for(int i=0;i<n;i++){int b[4]={0};ga(b);}}",
        "void f(int n){for(int i=0;i<n;i++){int b[4];ga(b);}}",
    ),
    (
        "life",
        "int f(int n){int r=0;for(int i=0;i<n;i++){int b[4];ga(b);r+=b[0];}return r;}",
        (
            "int f(int n){int r=0;int*p=0;for(int i=0;i<n;i++){int "
            "b[4];ga(b);p=b;r+=b[0];}if(p)r+=*p-*p;return r;}"
        ),
    ),
    (
        "life",
        "int f(int n){int r=0;for(int i=0;i<n;i++){int b[4];ga(b);r+=b[0];}return r;}",
        "int f(int n){int r=0;int b[4];for(int i=0;i<n;i++){ga(b);r+=b[0];}return r;}",
    ),
    (
        "types",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=0;}",
        "void f(int*a,int n){for(int i=0;i<n;i++)((float*)a)[i]=0;}",
    ),
    (
        "types",
        "void f(int*a,int n){for(int i=0;i<n;i++)a[i]=0;}",
        "void f(int*a,int n){for(int i=0;i<n;i++)((unsigned long*)a)[i]=0;}",
    ),
    (
        "tload",
        "int f(int*a,int n){int s=0;for(int i=0;i<n;i++)s+=a[i];return s;}",
        "int f(int*a,int n){int s=0;for(int i=0;i<n;i++)s+=((unsigned char*)a)[4*i];return s;}",
    ),
    (
        "tload",
        "int f(int*a,int n){int s=0;for(int i=0;i<n;i++)s+=a[i];return s;}",
        "int f(int*a,int n){unsigned s=0;for(int i=0;i<n;i++)s+=*(short*)(a+i);return s;}",
    ),
    (
        "sign",
        "void f(unsigned s,unsigned n){for(unsigned i=s;i<n;i++)g(i);}",
        "void f(unsigned s,unsigned n){for(int i=s;i<(int)n;i++)g(i);}",
    ),
    (
        "sign",
        "void f(unsigned s,unsigned n){for(unsigned i=s;i<n;i++)g(i);}",
        ("void f(unsigned s,unsigned n){unsigned i;for(i=s;i+1<n;i+=2){g(i);g(i+1);}for(;i<n;i++)g(i);}"),
    ),
    (
        "sign2",
        "int f(int a,int b){return a/b>1;}",
        "int f(int a,int b){return (int)((unsigned)a/(unsigned)b)>1;}",
    ),
    (
        "divhoist",
        "void f(int a,int b,int n){for(int i=0;i<n;i++){g(i);g(a/b);}}",
        "void f(int a,int b,int n){for(int i=0;i<n;i++){int q=a/b;g(i);g(q);}}",
    ),
    (
        "divhoist",
        "void f(int a,int b,int n){for(int i=0;i<n;i++){g(i);g(a/b);}}",
        "void f(int a,int b,int n){int q=a/b;for(int i=0;i<n;i++){g(i);g(q);}}",
    ),
    (
        "divuse",
        "void f(int*p,int a,int b,int c){*p=1;if(c)p[1]=a/b;}",
        "void f(int*p,int a,int b,int c){int q=a/b;*p=1;if(c)p[1]=q;}",
    ),
    (
        "ptr",
        "void f(char*p,char*e){while(p<e){g(*p);p++;}}",
        "void f(char*p,char*e){while(p+1<e){g(*p);g(p[1]);p+=2;}while(p<e){g(*p);p++;}}",
    ),
    (
        "ptr",
        "void f(char*p,char*e){while(p<e){g(*p);p++;}}",
        "void f(char*p,char*e){while(p!=e){g(*p);p++;}}",
    ),
    (
        "ptr4",
        "void f(int*p,int*e){while(p<e){g(*p);p++;}}",
        "void f(int*p,int*e){while(p<e&&p+1<e){g(*p);g(p[1]);p+=2;}while(p<e){g(*p);p++;}}",
    ),
    (
        "inner",
        "int A[4][10];int f(int n){int s=0;for(int i=0;i<n;i++)s+=A[1][i];return s;}",
        "int A[4][10];int f(int n){int s=0;for(int i=0;i<n;i++)s+=A[0][10+i];return s;}",
    ),
    (
        "inner",
        "int A[4][10];int f(int n){int s=0;for(int i=0;i<n;i++)s+=A[1][i];return s;}",
        "int A[4][10];int f(int n){int s=0;for(int i=0;i<n;i++)s+=(&A[0][0])[10+i];return s;}",
    ),
    (
        "exitcall",
        "void f(int*a,int n){for(int i=0;i<n;i++){if(h(i))a[i]=1;}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){int t=a[i];if(h(i))a[i]=1;t=t;}}",
    ),
    (
        "exitcall",
        "void f(int*a,int n){for(int i=0;i<n;i++){if(h(i))a[i]=1;}}",
        "void f(int*a,int n){for(int i=0;i<n;i++){if(h(i)){a[i]=1;}else a[i]=a[i];}}",
    ),
    (
        "sub",
        "struct S{int a,b;};void f(struct S*s,int n){for(int i=0;i<n;i++)s[i].b=1;}",
        "struct S{int a,b;};void f(struct S*s,int n){for(int i=0;i<n;i++)(&s[i].a)[1]=1;}",
    ),
    (
        "swsw",
        (
            "void f(int*a,int n){for(int i=0;i<n;i++)switch(a[i]){case 1:g(1);case "
            "2:g(2);break;default:g(3);}}"
        ),
        (
            "void f(int*a,int n){for(int i=0;i<n;i++)switch(a[i]){case 1:g(1);break;case "
            "2:g(2);break;default:g(3);}}"
        ),
    ),
    (
        "swsw",
        (
            "void f(int*a,int n){for(int i=0;i<n;i++)switch(a[i]){case 1:g(1);case "
            "2:g(2);break;default:g(3);}}"
        ),
        (
            "void f(int*a,int n){for(int i=0;i<n;i++)switch(a[i]){case 1:g(1);case "
            "3:g(2);break;default:g(3);}}"
        ),
    ),
    (
        "float",
        "float f(float*a,int n){float s=0;for(int i=0;i<n;i++)s+=a[i];return s;}",
        (
            "float f(float*a,int n){float s=0,t=0;int "
            "i;for(i=0;i<n&&i+1<n;i+=2){s+=a[i];t+=a[i+1];}for(;i<n;i++)s+=a[i];return s+t;}"
        ),
    ),
    (
        "nan",
        "void f(float x,float y){if(x<y)g(1);else g(2);}",
        "void f(float x,float y){if(x>=y)g(2);else g(1);}",
    ),
    (
        "shift",
        "void f(int*p,int s,int c){*p=0;if(c)g(1<<s);}",
        "void f(int*p,int s,int c){int t=1<<s;*p=0;if(c)g(t);}",
    ),
    (
        "late",
        "void f(int*p,int a,int b){for(;*p;p++);p[1]=a/b;}",
        "void f(int*p,int a,int b){int q=a/b;for(;*p;p++);p[1]=q;}",
    ),
    (
        "carry",
        "void f(int*a,int n){int x=0;for(int i=0;i<n;i++){int t=a[i];a[i]=x;x=t;}}",
        "void f(int*a,int n){int x=0;for(int i=0;i<n;i++){a[i]=x;x=a[i];}}",
    ),
    (
        "carry",
        "void f(int*a,int n){int x=0;for(int i=0;i<n;i++){int t=a[i];a[i]=x;x=t;}}",
        (
            "void f(int*a,int n){int x=0,i;for(i=0;i<n&&i+1<n;i+=2){int "
            "t=a[i],u=a[i+1];a[i]=x;a[i+1]=t;x=t;(void)u;}for(;i<n;i++){int t=a[i];a[i]=x;x=t;}}"
        ),
    ),
    (
        "alias",
        "void f(int*a,int*b,int n){for(int i=0;i<n;i++){a[i]=*b;}}",
        "void f(int*a,int*b,int n){int t=*b;for(int i=0;i<n;i++){a[i]=t;}}",
    ),
    (
        "alias",
        "void f(int*a,int*b,int n){for(int i=0;i<n;i++){a[i]=*b;}}",
        "void f(int*restrict a,int*b,int n){for(int i=0;i<n;i++){a[i]=*b;}}",
    ),
    (
        "two",
        "void f(int*a,int n,int m){for(int i=0;i<n;i++)for(int j=0;j<m;j++)g(a[i]+j);}",
        "void f(int*a,int n,int m){for(int j=0;j<m;j++)for(int i=0;i<n;i++)g(a[i]+j);}",
    ),
)


def _problem(before: str, after: str) -> Problem:
    clang = wheel_clang()
    sides = [
        Side(lower(clang, HEAD + text, Path("f.c"), Path.cwd(), ("-ffp-contract=off",)))
        for text in (before, after)
    ]
    return Problem(*sides, "f", ("sequential",))


def _in_step(before: str, after: str) -> Proved | None:
    problem = _problem(before, after)
    first, second = (parsed(side.ir, "f") for side in (problem.before, problem.after))
    try:
        return prove((first, first.functions["f"]), (second, second.functions["f"]), problem, Limits())
    except (NotProved, Unsupported):
        return None


@pytest.mark.parametrize(("kind", "before", "after"), RIGHT)
def test_what_changes_control_flow_alone_is_proved(kind: str, before: str, after: str) -> None:
    found = _in_step(before, after)
    assert found is not None, kind
    assert found.strategy == "lockstep"
    assert found.certificate["inductions"]


@pytest.mark.parametrize(("kind", "before", "after"), WRONG)
def test_nothing_wrong_keeps_in_step(kind: str, before: str, after: str) -> None:
    # Two loops without end or effect are not told apart from one another.
    assert kind == "endless" or _in_step(before, before) is not None
    assert _in_step(before, after) is None, kind


def test_a_rewrite_may_not_go_on_alone() -> None:
    problem = _problem("void f(int n) { while (n) { g(n); n--; } }", "void f(int n) { }")
    module = parsed(problem.before.ir, "f")
    program = Program(module, module.functions["f"])
    at = ("while.cond", ("while.cond", 0))
    moving = Edge(at, at, 3, frozenset({"while.cond", "while.body"}), frozenset({"while.cond", "while.body"}))
    cycles.check([moving], program, program)
    with pytest.raises(NotProved):
        cycles.check([Edge(at, at, 0, moving.before, moving.after)], program, program)


def test_a_loop_that_may_not_be_assumed_to_end_stays_so() -> None:
    problem = _problem("void f(int n) { for (;;) { if (n) break; } }", "void f(int n) { while (!n) { } }")
    programs = [
        Program(module, module.functions["f"])
        for module in (parsed(side.ir, "f") for side in (problem.before, problem.after))
    ]
    loop, header = (next(iter(program.loops or ())) for program in reversed(programs))
    at = (loop.header, (header.header, 0))
    with pytest.raises(NotProved):
        cycles.check([Edge(at, at, 2, header.blocks, loop.blocks)], *programs)
    cycles.check([Edge(at, at, 2, loop.blocks, loop.blocks)], programs[1], programs[1])
